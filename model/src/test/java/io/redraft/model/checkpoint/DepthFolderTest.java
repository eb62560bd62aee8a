package io.redraft.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.redraft.model.InvalidInputException;
import io.redraft.model.files.JsonFiles;
import io.redraft.model.nn.DepthExecution;
import io.redraft.model.nn.DepthTime;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.TimeConditioning;
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
          depth_execution   | "sideways"     | depth_execution is sideways; allowed: suffix, local, band, prefix
          attention_blocks  | [8]            | depth_ratios is [0.9, 0.3]; allowed: none, but for bidirectional attention
          time_conditioning | "adaln"        | time_conditioning is adaln; allowed: none, where depth_ratios say the time
          depth_bands       | [[0.8, 1], [0.2, 0.4]] | depth_bands is 2 ranges; allowed: none, where time_conditioning is none
          depth_bands       | [[0.8, 1]]     | depth_bands is 1 ranges; allowed: 2, one for every depth ratio
          depth_bands       | [[0.8, 1], [0.4, 0.6]] | depth_bands is [0.4, 0.6]; allowed: a range around the depth step's ratio, 0.3
          depth_bands       | [[1, 0.8], [0.2, 0.4]] | depth_bands is [1.0, 0.8]; allowed: mask ratios from 0 to 1, ascending
          depth_bands       | [0.8, 0.2]     | depth_bands: [0.8,0.2]; allowed: a list of [lowest, highest]
          depth_bands       | 0.8            | depth_bands: 0.8; allowed: a list of [lowest, highest]
          """)
  void namesWhatIsNotAllowed(String key, String value, String message) {
    var json = json(deep(DepthExecution.SUFFIX));
    json.set(key, JsonFiles.parseObject("x", "{\"x\": " + value + "}").get("x"));
    assertThatThrownBy(() -> parse(json))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("config.json: " + message);
  }

  @Test
  void aNetworkThatIsToldKeepsWhatEveryStepIsTold() {
    var bands = List.of(new DepthTime.Band(0.8, 1), new DepthTime.Band(0.2, 0.4));
    var told =
        ModelFolderTest.DENOISER
            .withTime(new TimeConditioning(TimeConditioning.Kind.ADALN, 0))
            .withDepth(new DepthTime(List.of(0.9, 0.3), DepthExecution.SUFFIX, bands));
    assertThat(parse(json(told))).isEqualTo(told);

    var depth = told.depth();
    assertThat(depth.told(1, 0.35)).isEqualTo(0.35);
    assertThat(depth.told(1, 0.7)).isEqualTo(0.4);
    assertThat(depth.told(1, 0.1)).isEqualTo(0.2);
    assertThat(depth.untold().told(1, 0.7)).isEqualTo(0.7);

    var json = json(deep(DepthExecution.SUFFIX));
    json.remove("depth_ratios");
    json.remove("depth_execution");
    json.putArray("depth_bands").addArray().add(0.1).add(0.2);
    assertThatThrownBy(() -> parse(json)).hasMessageContaining("none, without depth_ratios");
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
        .hasMessage("g.json: execution is up; allowed: suffix, local, band, prefix");
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
