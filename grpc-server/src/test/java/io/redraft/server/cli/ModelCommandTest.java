package io.redraft.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.model.nn.DepthExecution;
import io.redraft.model.nn.TimeConditioning;
import io.redraft.model.text.Llama2cFiles;
import io.redraft.server.TinyModels;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir Path folder;
  private Path model;

  @BeforeEach
  void writeSources() throws IOException {
    model = folder.resolve("model");
    Files.write(folder.resolve("c.bin"), Llama2cFiles.checkpoint(16, 12, 2, 4, 2, 261, 8));
    Files.write(folder.resolve("t.bin"), Llama2cFiles.tokenizer(List.of("a", " ")));
  }

  @Test
  void importsThenChecksAndDescribes() throws IOException {
    assertThat(importModel()).isZero();
    assertThat(out.toString()).contains("model: 6,944 parameters");

    assertThat(run("model", "check", model.toString())).isZero();
    assertThat(out.toString()).contains("ok: 6,944 weights, 261 tokens");

    assertThat(run("model", "describe", model.toString())).isZero();
    assertThat(out.toString())
        .contains("attention   causal")
        .contains("heads       4 of width 4 over 2 key/value heads")
        .containsPattern("model\\.embed_tokens\\.weight +F32 +\\[261, 16\\] +16,704 bytes");

    assertThat(run("model", "describe", "--json", model.toString())).isZero();
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.path("parameters").asLong()).isEqualTo(6944);
    assertThat(json.path("config").path("model_type").asText()).isEqualTo("llama");
    assertThat(json.path("tokenizer").path("special_tokens").path("<s>").asInt()).isEqualTo(1);
    assertThat(json.path("tensors").size()).isEqualTo(20);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void describesHowAModelIsDecodedWhereARequestDoesNotSay() throws IOException {
    TinyModels.denoiser(model);
    assertThat(run("model", "describe", model.toString())).isZero();
    assertThat(out.toString())
        .contains(
            "decoding    policy confidence, block 0, grid uniform, temperature 0.0, top_k 0,"
                + " top_p 1.0");
    Files.writeString(
        model.resolve("generation_config.json"), "{\"block\": 4, \"temperature\": 0.6}");
    assertThat(run("model", "describe", model.toString())).isZero();
    assertThat(out.toString()).contains("block 4, grid uniform, temperature 0.6,");
    assertThat(run("model", "describe", "--json", model.toString())).isZero();
    JsonNode told = new ObjectMapper().readTree(out.toString()).path("generation_config");
    assertThat(told.path("block").asInt()).isEqualTo(4);
  }

  @Test
  void describesHowAModelIsToldItsShareOfMasks() throws IOException {
    var time = new TimeConditioning(TimeConditioning.Kind.TABLE, 7);
    TinyModels.told(model, time);
    assertThat(run("model", "check", model.toString())).isZero();
    assertThat(run("model", "describe", model.toString())).isZero();
    assertThat(out.toString())
        .contains("its share of masks, by a table of 7 rows")
        .containsPattern("model\\.time_embed\\.table\\.weight +F32 +\\[7, 32\\]");
    assertThat(run("model", "describe", "--json", model.toString())).isZero();
    JsonNode config = new ObjectMapper().readTree(out.toString()).path("config");
    assertThat(config.path("time_conditioning").asText()).isEqualTo("table");
    assertThat(config.path("time_buckets").asInt()).isEqualTo(7);
  }

  @Test
  void describesTheMaskRatiosThatBlocksStandFor() throws IOException {
    TinyModels.deep(model, DepthExecution.LOCAL);
    assertThat(run("model", "describe", model.toString())).isZero();
    assertThat(out.toString()).contains("mask ratios 1.0 0.6 0.25, 2 blocks each; local");
    assertThat(run("model", "describe", "--json", model.toString())).isZero();
    JsonNode config = new ObjectMapper().readTree(out.toString()).path("config");
    assertThat(config.path("depth_ratios")).hasSize(3);
    assertThat(config.path("depth_execution").asText()).isEqualTo("local");
  }

  @Test
  void namesAWeightThatIsNotANumber() throws IOException {
    byte[] checkpoint = Files.readAllBytes(folder.resolve("c.bin"));
    checkpoint[28 + 4 * 5 + 3] = 0x7f;
    checkpoint[28 + 4 * 5 + 2] = (byte) 0xc0;
    Files.write(folder.resolve("c.bin"), checkpoint);
    assertThat(importModel()).isZero();

    assertThat(run("model", "check", model.toString())).isEqualTo(2);
    assertOneLine("model.embed_tokens.weight[5]: NaN; allowed: finite numbers");
  }

  @Test
  void wrongInputIsOneLineAndNothingIsWritten() throws IOException {
    assertThat(run("model", "describe", folder.resolve("c.bin").toString())).isEqualTo(2);
    assertOneLine("c.bin is a file; allowed: a model folder");
    Files.write(folder.resolve("t.bin"), new byte[9]);
    assertThat(importModel()).isEqualTo(2);
    assertOneLine("t.bin: max_token_length: 0; allowed: 1 to 65536");
    assertThat(model).doesNotExist();
    assertThat(run("model", "import", "--from", "gguf", "--tokenizer", "t", "c", model.toString()))
        .isEqualTo(2);
    assertOneLine("'gguf'");
    assertThat(run("model")).isEqualTo(2);
    assertOneLine("no command given; allowed: check, describe, import");
  }

  @Test
  void doesNotImportOverAModel() {
    assertThat(importModel()).isZero();
    assertThat(importModel()).isEqualTo(2);
    assertOneLine("is there already; allowed: a name that is free");
  }

  private int importModel() {
    return run(
        "model",
        "import",
        "--from",
        "llama2c",
        "--tokenizer",
        folder.resolve("t.bin").toString(),
        folder.resolve("c.bin").toString(),
        model.toString());
  }

  private int run(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Main.run(args, new PrintWriter(out), new PrintWriter(err));
  }

  private void assertOneLine(String part) {
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString()).contains(part);
  }
}
