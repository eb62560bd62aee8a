package io.redraft.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.redraft.model.InvalidInputException;
import io.redraft.model.files.JsonFiles;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.TimeConditioning;
import io.redraft.model.safetensors.TensorView;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TimeConditioningFolderTest {
  @TempDir private Path root;

  private static NetworkConfig told(TimeConditioning.Kind kind) {
    int buckets = kind == TimeConditioning.Kind.TABLE ? 9 : 0;
    return ModelFolderTest.DENOISER.withTime(new TimeConditioning(kind, buckets));
  }

  @ParameterizedTest
  @EnumSource(TimeConditioning.Kind.class)
  void aFolderKeepsTheConditioningAndItsWeights(TimeConditioning.Kind kind) throws Exception {
    var config = told(kind);
    for (var storage : WeightLayout.Storage.values()) {
      var folder = root.resolve(storage.name());
      ModelFolder.write(folder, ModelFolderTest.content(config, storage));
      var model = ModelFolder.open(folder);
      assertThat(model.config()).isEqualTo(config);
      ModelCheck.run(model, done -> {});
      var elements = 0L;
      for (var name : WeightLayout.of(config).keySet()) {
        var tensor = model.weights().tensor(name);
        elements += TensorView.elementsOf(tensor.shape());
        if (name.contains("time_embed") || name.contains("adaln")) {
          assertThat(tensor.quantized()).isEqualTo(storage == WeightLayout.Storage.INT8);
        }
      }
      assertThat(config.parameters()).isEqualTo(elements);
      var described = JsonFiles.parseObject("description", ModelDescription.of(model).toJson());
      assertThat(described.get("parameters").asLong()).isEqualTo(elements);
      var key = described.get("config").path("time_conditioning");
      assertThat(key.isMissingNode()).isEqualTo(kind == TimeConditioning.Kind.NONE);
    }
  }

  @Test
  void weightsHaveTheNamesAndShapesThatTheDocumentsTell() {
    assertThat(shapes(TimeConditioning.Kind.NONE)).isEmpty();
    assertThat(shapes(TimeConditioning.Kind.SINUSOIDAL))
        .isEqualTo("model.time_embed.proj.weight 16x256");
    assertThat(shapes(TimeConditioning.Kind.TABLE)).isEqualTo("model.time_embed.table.weight 9x16");
    assertThat(shapes(TimeConditioning.Kind.ADALN))
        .isEqualTo(
            "model.time_embed.fc1.weight 128x256, model.time_embed.fc2.weight 128x128, "
                + "model.layers.0.adaln.weight 96x128, model.layers.1.adaln.weight 96x128, "
                + "model.adaln.weight 32x128");
  }

  private static String shapes(TimeConditioning.Kind kind) {
    return WeightLayout.of(told(kind)).entrySet().stream()
        .filter(e -> e.getKey().contains("time_embed") || e.getKey().contains("adaln"))
        .map(e -> e.getKey() + " " + e.getValue()[0] + "x" + e.getValue()[1])
        .collect(Collectors.joining(", "));
  }

  @Test
  void aWeightThatIsMissingOrTooMuchIsNamed() throws Exception {
    var folder = root.resolve("model");
    var adaln = told(TimeConditioning.Kind.ADALN);
    ModelFolder.write(folder, ModelFolderTest.content(adaln, WeightLayout.Storage.FLOAT32));
    for (var other : TimeConditioning.Kind.values()) {
      Files.writeString(folder.resolve("config.json"), ConfigJson.write(told(other)));
      if (other != TimeConditioning.Kind.ADALN) {
        assertThatThrownBy(() -> ModelFolder.open(folder))
            .isInstanceOf(InvalidInputException.class)
            .hasMessageContaining("model.safetensors: model.");
      } else {
        assertThat(ModelFolder.open(folder).config()).isEqualTo(adaln);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SINUSOIDAL | time_conditioning | \"film\" | time_conditioning is film; allowed: none, sin",
        "SINUSOIDAL | time_conditioning | 3     | time_conditioning: 3; allowed: none, sinusoidal",
        "SINUSOIDAL | time_buckets      | 32    | time_buckets: 32; allowed: none, without a table",
        "NONE       | time_buckets      | 32    | time_buckets: 32; allowed: none, without a table",
        "TABLE      | time_buckets      | null  | time_buckets: null; allowed: a whole number",
        "TABLE      | time_buckets      | 1     | time_buckets is 1; allowed: 2 or more",
        "ADALN      | attention_mode | \"causal\" | time_conditioning is adaln; allowed: none, for",
      })
  void aConfigurationThatIsNoneIsRefused(
      TimeConditioning.Kind kind, String key, String value, String problem) {
    var json = (ObjectNode) JsonFiles.parseObject("config.json", ConfigJson.write(told(kind)));
    json.set(key, JsonFiles.parseObject("value", "{\"v\":" + value + "}").get("v"));
    assertThatThrownBy(() -> ConfigJson.parse("config.json", json))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("config.json: " + problem);
  }
}
