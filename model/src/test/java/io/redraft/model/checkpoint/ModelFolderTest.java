package io.redraft.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withPrecision;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.redraft.model.InvalidInputException;
import io.redraft.model.files.JsonFiles;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.safetensors.TensorView;
import io.redraft.model.text.ByteTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ModelFolderTest {
  static final NetworkConfig DENOISER =
      new NetworkConfig(
          258,
          16,
          2,
          4,
          2,
          6,
          24,
          32,
          1e-5,
          10000,
          true,
          AttentionMode.BIDIRECTIONAL,
          257,
          -1,
          256);
  private static final NetworkConfig CAUSAL =
      new NetworkConfig(
          258, 16, 1, 2, 1, 8, 24, 32, 1e-6, 500000, false, AttentionMode.CAUSAL, -1, -1, 256);

  @TempDir Path root;

  @ParameterizedTest
  @EnumSource(WeightLayout.Storage.class)
  void opensWhatWasWritten(WeightLayout.Storage storage) throws IOException {
    Path folder = root.resolve("model");
    ModelFolder.write(folder, content(DENOISER, storage));

    ModelFolder model = ModelFolder.open(folder);

    assertThat(model.config()).isEqualTo(DENOISER);
    assertThat(model.tokenizer().special("[MASK]")).isEqualTo(257);
    assertThat(model.weights().metadata()).containsEntry("steps", "3");
    assertThat(folder.resolve("README.md")).hasContent("# A card");
    for (Map.Entry<String, long[]> weight : WeightLayout.of(DENOISER).entrySet()) {
      TensorView tensor = model.weights().tensor(weight.getKey());
      float[] written = values(weight.getKey(), weight.getValue());
      assertThat(tensor.quantized())
          .isEqualTo(storage == WeightLayout.Storage.INT8 && tensor.shape().length == 2);
      // Half a step of 8 bits, for normal values that stay below 5.
      float tolerance = tensor.quantized() ? 5f / 127 / 2 : 0;
      assertThat(tensor.toFloat32()).containsExactly(written, withPrecision(tolerance));
    }
    assertThat(names(root)).containsExactly("model");
  }

  @Test
  void aCausalModelIsALlamaToOtherPrograms() throws IOException {
    Path folder = root.resolve("model");
    ModelFolder.write(folder, content(CAUSAL, WeightLayout.Storage.FLOAT32));

    assertThat(ModelFolder.open(folder).config()).isEqualTo(CAUSAL);
    ObjectNode config = (ObjectNode) JsonFiles.readObject(folder.resolve("config.json"));
    assertThat(config.get("model_type").asText()).isEqualTo("llama");
    assertThat(config.get("architectures").get(0).asText()).isEqualTo("LlamaForCausalLM");
    assertThat(config.get("bos_token_id").isNull()).isTrue();
  }

  @Test
  void readsTheConfigurationThatTransformersWrites() {
    NetworkConfig config =
        parse(
            """
            {"_name_or_path": "x", "architectures": ["LlamaForCausalLM"], "attention_bias": false,
             "attention_dropout": 0.0, "bos_token_id": 128000, "eos_token_id": [128001, 128008],
             "head_dim": 64, "hidden_act": "silu", "hidden_size": 2048, "initializer_range": 0.02,
             "intermediate_size": 8192, "max_position_embeddings": 131072, "mlp_bias": false,
             "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 16,
             "num_key_value_heads": 8, "pretraining_tp": 1, "rms_norm_eps": 1e-05,
             "rope_scaling": null, "rope_theta": 500000.0, "tie_word_embeddings": true,
             "torch_dtype": "bfloat16", "transformers_version": "4.45.0", "use_cache": true,
             "vocab_size": 128256}
            """);
    assertThat(config)
        .isEqualTo(
            new NetworkConfig(
                128256,
                2048,
                16,
                32,
                8,
                64,
                8192,
                131072,
                1e-5,
                500000,
                true,
                AttentionMode.CAUSAL,
                -1,
                128000,
                128001));
  }

  @Test
  void leftOutKeysHaveTransformersDefaults() {
    NetworkConfig config =
        parse(
            """
            {"model_type": "llama", "vocab_size": 9, "hidden_size": 12, "num_hidden_layers": 1,
             "num_attention_heads": 3, "intermediate_size": 8, "max_position_embeddings": 4,
             "rope_parameters": {"rope_type": "default", "rope_theta": 123.5}}
            """);
    assertThat(config)
        .isEqualTo(
            new NetworkConfig(
                9, 12, 1, 3, 3, 4, 8, 4, 1e-6, 123.5, false, AttentionMode.CAUSAL, -1, -1, -1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          colour                  | "red"       | colour: unknown key
          vocab_size              | "258"       | vocab_size: "258"; allowed: a whole number
          vocab_size              | 258.5       | vocab_size: 258.5; allowed: a whole number
          vocab_size              | 0           | vocab_size is 0; allowed: 1 or more
          vocab_size              | 99999999999 | vocab_size: 99999999999
          num_attention_heads     | 0           | num_attention_heads is 0
          num_key_value_heads     | 3           | num_key_value_heads is 3; allowed: a divisor
          head_dim                | 5           | head_dim is 5; allowed: an even number
          rms_norm_eps            | "small"     | rms_norm_eps: "small"; allowed: a number
          tie_word_embeddings     | 1           | tie_word_embeddings: 1; allowed: true, false
          model_type              | "gpt2"      | model_type: "gpt2"; allowed: redraft, llama
          model_type              | "llama"     | attention_mode: bidirectional; allowed: causal for a llama
          attention_mode          | "sideways"  | attention_mode: sideways; allowed: causal, bidirectional
          mask_token_id           | null        | mask_token_id is -1; allowed: a token id, for a denoiser
          mask_token_id           | 258         | mask_token_id is 258; allowed: 0 to 257
          eos_token_id            | -5          | eos_token_id: -5; allowed: a token id, or null
          hidden_act              | "gelu"      | hidden_act: "gelu"; allowed: silu
          attention_bias          | true        | attention_bias: true; allowed: false
          rope_scaling            | {"rope_type":"llama3"} | rope_scaling: {"rope_type":"llama3"}; allowed: null
          """)
  void refusesAConfigurationThatItCannotKeep(String key, String value, String problem) {
    ObjectNode json = (ObjectNode) JsonFiles.parseObject("config.json", ConfigJson.write(DENOISER));
    json.set(key, JsonFiles.parseObject("value", "{\"v\":" + value + "}").get("v"));

    assertThatThrownBy(() -> ConfigJson.parse("config.json", json))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("config.json: " + problem);
  }

  @Test
  void namesThePartThatIsMissingOrCut() throws IOException {
    Path folder = root.resolve("model");
    for (String part : List.of("config.json", "tokenizer.json", "model.safetensors")) {
      ModelFolder.replace(folder, content(DENOISER, WeightLayout.Storage.FLOAT32));
      byte[] whole = Files.readAllBytes(folder.resolve(part));
      Files.write(folder.resolve(part), Arrays.copyOf(whole, whole.length / 2));
      refuses(folder, part);
      Files.delete(folder.resolve(part));
      refuses(folder, part + " is missing");
    }
  }

  @Test
  void refusesAFolderThatIsAFileOrMissing() throws IOException {
    refuses(Files.createFile(root.resolve("file")), "file is a file; allowed: a model folder");
    refuses(root.resolve("absent"), "absent is missing; allowed: a model folder");
  }

  @Test
  void refusesPartsThatDoNotFitTogether() throws IOException {
    Path folder = root.resolve("model");
    ModelFolder.write(folder, content(DENOISER, WeightLayout.Storage.INT8));
    Path config = folder.resolve("config.json");
    String json = Files.readString(config);

    Files.writeString(config, json.replace("\"vocab_size\" : 258", "\"vocab_size\" : 300"));
    refuses(folder, "model.embed_tokens.weight: shape [258, 16]; config.json asks for [300, 16]");
    Files.writeString(
        config, json.replace("\"num_hidden_layers\" : 2", "\"num_hidden_layers\" : 3"));
    refuses(folder, "model.layers.2.input_layernorm.weight: missing");
    Files.writeString(
        config, json.replace("\"num_hidden_layers\" : 2", "\"num_hidden_layers\" : 1"));
    refuses(folder, "not a weight of the network that config.json describes");
    Files.writeString(config, json.replace("\"mask_token_id\" : 257", "\"mask_token_id\" : 65"));
    refuses(folder, "token 65 is the mask in config.json, but not special");
    Files.writeString(config, json);
    Path tokenizer = folder.resolve("tokenizer.json");
    Files.writeString(tokenizer, Files.readString(tokenizer).replace("257", "258"));
    refuses(folder, "259 tokens; config.json says vocab_size 258");
  }

  @Test
  void doesNotWriteOverWhatIsThere() throws IOException {
    Path folder = root.resolve("model");
    ModelContent content = content(DENOISER, WeightLayout.Storage.FLOAT32);
    Files.createDirectory(folder);
    ModelFolder.write(folder, content);

    assertThatThrownBy(() -> ModelFolder.write(folder, content))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("model is there already");
  }

  @Test
  void leavesTheOldModelWhenTheNewOneFails() throws IOException {
    Path folder = root.resolve("model");
    ModelFolder.write(folder, content(DENOISER, WeightLayout.Storage.FLOAT32));
    ModelContent misfit =
        new ModelContent(
            CAUSAL,
            ByteTokenizer.toJson(),
            content(DENOISER, WeightLayout.Storage.FLOAT32).weights(),
            Map.of(),
            "");

    assertThatThrownBy(() -> ModelFolder.replace(folder, misfit))
        .isInstanceOf(InvalidInputException.class);

    assertThat(ModelFolder.open(folder).config()).isEqualTo(DENOISER);
    assertThat(names(root)).containsExactly("model");
  }

  @Test
  void bringsTheOldModelBackAfterACrashBetweenTheRenames() throws IOException {
    Path folder = root.resolve("model");
    ModelFolder.write(folder, content(DENOISER, WeightLayout.Storage.FLOAT32));
    Files.move(folder, root.resolve(".model.old"));
    ModelContent broken = content(DENOISER, WeightLayout.Storage.FLOAT32);
    ModelContent cut = new ModelContent(DENOISER, "{}", broken.weights(), Map.of(), broken.card());

    assertThatThrownBy(() -> ModelFolder.replace(folder, cut))
        .isInstanceOf(InvalidInputException.class);
    assertThat(ModelFolder.open(folder).config()).isEqualTo(DENOISER);

    ModelFolder.replace(folder, broken);
    assertThat(names(root)).containsExactly("model");
  }

  static ModelContent content(NetworkConfig config, WeightLayout.Storage storage) {
    Map<String, long[]> layout = WeightLayout.of(config);
    return new ModelContent(
        config,
        ByteTokenizer.toJson(),
        WeightLayout.outputs(config, storage, name -> values(name, layout.get(name))),
        Map.of("steps", "3"),
        "# A card");
  }

  private static float[] values(String name, long[] shape) {
    Random random = new Random(name.hashCode());
    float[] values = new float[(int) TensorView.elementsOf(shape)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static NetworkConfig parse(String json) {
    return ConfigJson.parse("config.json", JsonFiles.parseObject("config.json", json));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static void refuses(Path folder, String problem) {
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(problem)
        .hasMessageNotContaining("\n");
  }
}
