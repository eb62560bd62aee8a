package io.redraft.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.safetensors.TensorSource;
import io.redraft.model.text.Llama2cFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Llama2cImportTest {
  private static final int[] HEADER = {16, 12, 2, 4, 2, 261, 8};

  @TempDir Path folder;

  @Test
  void theConfigurationIsThatOfTheHeader() throws IOException {
    NetworkConfig tied = importModel("tied", Llama2cFiles.checkpoint(HEADER)).config();
    assertThat(tied)
        .isEqualTo(
            new NetworkConfig(
                261, 16, 2, 4, 2, 4, 12, 8, 1e-5, 10000, true, AttentionMode.CAUSAL, -1, 1, 1));
    int[] untied = HEADER.clone();
    untied[5] = -261;
    ModelFolder model = importModel("untied", Llama2cFiles.checkpoint(untied));
    assertThat(model.config().tiedHead()).isFalse();
    assertThat(model.tokenizer().vocabularySize()).isEqualTo(261);
  }

  @Test
  void everyWeightComesFromItsPlace() throws IOException {
    int[] header = HEADER.clone();
    header[5] = -261;
    byte[] checkpoint = Llama2cFiles.checkpoint(header);
    ByteBuffer numbered = ByteBuffer.wrap(checkpoint).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; 28 + 4 * i < checkpoint.length; i++) {
      numbered.putFloat(28 + 4 * i, i); // every weight is its own place; exact below 2^24
    }

    TensorSource weights = importModel("m", checkpoint).weights();

    assertThat(first(weights, "model.embed_tokens.weight")).isEqualTo(0);
    int at = 261 * 16;
    assertThat(first(weights, "model.layers.1.input_layernorm.weight")).isEqualTo(at + 16);
    at += 2 * 16;
    // Rows of a head of 4 come in the order 0, 2, 1, 3.
    assertThat(rows(weights, "model.layers.0.self_attn.q_proj.weight", 16))
        .startsWith(at, at + 32, at + 16, at + 48, at + 64, at + 96, at + 80, at + 112);
    at += 2 * 16 * 16;
    assertThat(rows(weights, "model.layers.1.self_attn.k_proj.weight", 16))
        .startsWith(at + 128, at + 160, at + 144, at + 176);
    at += 2 * 16 * 8;
    assertThat(rows(weights, "model.layers.1.self_attn.v_proj.weight", 16))
        .startsWith(at + 128, at + 144, at + 160);
    at += 2 * 16 * 8;
    assertThat(first(weights, "model.layers.1.self_attn.o_proj.weight")).isEqualTo(at + 256);
    at += 2 * 16 * 16;
    assertThat(first(weights, "model.layers.0.post_attention_layernorm.weight")).isEqualTo(at);
    at += 2 * 16;
    assertThat(first(weights, "model.layers.1.mlp.gate_proj.weight")).isEqualTo(at + 16 * 12);
    at += 2 * 16 * 12;
    assertThat(first(weights, "model.layers.1.mlp.down_proj.weight")).isEqualTo(at + 16 * 12);
    at += 2 * 16 * 12;
    assertThat(first(weights, "model.layers.1.mlp.up_proj.weight")).isEqualTo(at + 16 * 12);
    at += 2 * 16 * 12;
    assertThat(first(weights, "model.norm.weight")).isEqualTo(at);
    at += 16 + 8 * 4; // the rotary tables are left out
    assertThat(first(weights, "lm_head.weight")).isEqualTo(at);
  }

  @ParameterizedTest
  @CsvSource({
    "0,0,dim: 0; allowed: 1 or more",
    "1,-12,hidden_dim: -12; allowed: 1 or more",
    "3,3,n_heads: 3; allowed: a divisor of dim (16)",
    "4,3,num_key_value_heads is 3; allowed: a divisor",
    "3,16,head_dim is 1; allowed: an even",
    "2,3,n_layers 3",
    "5,-2147483648,vocab_size: -2147483648; allowed: 1 or more",
    "6,2147483647,seq_len 2147483647",
    "1,2147483647,hidden_dim 2147483647",
    "0,1634415666,version 12; allowed: the first format"
  })
  void namesTheFieldThatLies(int field, int value, String problem) throws IOException {
    byte[] checkpoint = Llama2cFiles.checkpoint(HEADER);
    ByteBuffer.wrap(checkpoint).order(ByteOrder.LITTLE_ENDIAN).putInt(4 * field, value);
    assertThatThrownBy(() -> importModel("m", checkpoint))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("checkpoint.bin: ")
        .hasMessageContaining(problem)
        .hasMessageNotContaining("\n");
    assertThat(folder.resolve("m")).doesNotExist();
  }

  @Test
  void refusesACheckpointOfAnotherLength() {
    byte[] whole = Llama2cFiles.checkpoint(HEADER);
    for (int length : new int[] {0, 3, 27, 28, 100, whole.length - 1, whole.length + 1}) {
      assertThatThrownBy(() -> importModel("m", Arrays.copyOf(whole, length)))
          .as("%s bytes", length)
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining(String.valueOf(length));
    }
    assertThat(folder.resolve("m")).doesNotExist();
  }

  @Test
  void refusesFilesThatAreNotThere() {
    Path absent = folder.resolve("absent.bin");
    assertThatThrownBy(() -> Llama2cImport.run(absent, absent, folder.resolve("m"), done -> {}))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(absent + " is missing; allowed: a llama2.c checkpoint");
    assertThatThrownBy(() -> Llama2cImport.run(folder, absent, folder.resolve("m"), done -> {}))
        .hasMessageContaining("is a folder; allowed: a llama2.c checkpoint");
  }

  private ModelFolder importModel(String name, byte[] checkpoint) throws IOException {
    Path source = Files.write(folder.resolve("checkpoint.bin"), checkpoint);
    Path tokenizer =
        Files.write(folder.resolve("tokenizer.bin"), Llama2cFiles.tokenizer(List.of("a", " ")));
    Llama2cImport.run(source, tokenizer, folder.resolve(name), done -> {});
    return ModelFolder.open(folder.resolve(name));
  }

  private static float first(TensorSource weights, String name) {
    return weights.tensor(name).toFloat32()[0];
  }

  /** The first element of every row. */
  private static List<Integer> rows(TensorSource weights, String name, int columns) {
    float[] values = weights.tensor(name).toFloat32();
    return IntStream.range(0, values.length / columns)
        .mapToObj(row -> (int) values[row * columns])
        .toList();
  }
}
