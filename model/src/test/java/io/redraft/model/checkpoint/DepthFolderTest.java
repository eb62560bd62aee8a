package io.redraft.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.redraft.model.InvalidInputException;
import io.redraft.model.files.JsonFiles;
import io.redraft.model.nn.DepthExecution;
import io.redraft.model.nn.DepthTime;
import io.redraft.model.nn.NetworkConfig;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Time as depth in {@code config.json} and {@code generation_config.json}. */
class DepthFolderTest {
  private static NetworkConfig deep(DepthExecution execution) {
    return ModelFolderTest.DENOISER.withDepth(new DepthTime(List.of(0.9, 0.3), execution));
  }

  @ParameterizedTest
  @EnumSource(DepthExecution.class)
  void readsTheRatiosThatWereWritten(DepthExecution execution) {
    var config = deep(execution);
    assertThat(parse(json(config))).isEqualTo(config);
    assertThat(config.depthRatios()).containsExactly(0.9, 0.3);
  }

  @Test
  void anOrdinaryNetworkHasNoneAndSuffixIsTheDefault() {
    assertThat(json(ModelFolderTest.DENOISER).has("depth_ratios")).isFalse();
    var json = json(deep(DepthExecution.SUFFIX));
    json.remove("depth_execution");
    assertThat(parse(json).depth().execution()).isEqualTo(DepthExecution.SUFFIX);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          depth_ratios      | 0.5            | depth_ratios: 0.5; allowed: a list of numbers
          depth_ratios      | []             | depth_ratios: []; allowed: a list of numbers
          depth_ratios      | ["all"]        | depth_ratios: ["all"]; allowed: a list of numbers
          depth_ratios      | [0.3, 0.9]     | depth_ratios is [0.3, 0.9]; allowed: mask ratios
          depth_ratios      | [3, 2, 1]      | depth_ratios is [3.0, 2.0, 1.0]; allowed: mask ratios
          depth_ratios      | [0.9, 0.5, 0.1]| depth_ratios is [0.9, 0.5, 0.1]; allowed: as many as divide num_hidden_layers (2)
          depth_ratios      | null           | depth_execution: "suffix"; allowed: none, without depth_ratios
          depth_execution   | "sideways"     | depth_execution is sideways; allowed: suffix, local, band
          attention_blocks  | [8]            | depth_ratios is [0.9, 0.3]; allowed: none, but for bidirectional attention
          time_conditioning | "adaln"        | time_conditioning is adaln; allowed: none, where depth_ratios say the time
          """)
  void namesWhatIsNotAllowed(String key, String value, String message) {
    var json = json(deep(DepthExecution.SUFFIX));
    json.set(key, JsonFiles.parseObject("x", "{\"x\": " + value + "}").get("x"));
    assertThatThrownBy(() -> parse(json))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("config.json: " + message);
  }

  @Test
  void aModelsOwnOptionsMayChooseAnExecution() {
    var config = deep(DepthExecution.SUFFIX);
    var options =
        GenerationConfigJson.parse(
            "g.json", JsonFiles.parseObject("g.json", "{\"execution\": \"band\"}"), config);
    assertThat(options.execution()).contains(DepthExecution.BAND);
    assertThat(GenerationConfigJson.parse("g.json", GenerationConfigJson.write(options), config))
        .isEqualTo(options);
    var wrong = JsonFiles.parseObject("g.json", "{\"execution\": \"up\"}");
    assertThatThrownBy(() -> GenerationConfigJson.parse("g.json", wrong, config))
        .hasMessage("g.json: execution is up; allowed: suffix, local, band");
    var few = JsonFiles.parseObject("g.json", "{\"steps\": 1}");
    assertThatThrownBy(() -> GenerationConfigJson.parse("g.json", few, config))
        .hasMessageStartingWith("g.json: steps is 1; allowed: 2 or more");
  }

  private static ObjectNode json(NetworkConfig config) {
    return (ObjectNode) JsonFiles.parseObject("config.json", ConfigJson.write(config));
  }

  private static NetworkConfig parse(ObjectNode json) {
    return ConfigJson.parse("config.json", json);
  }
}
