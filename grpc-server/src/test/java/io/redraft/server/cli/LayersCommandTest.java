package io.redraft.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.model.train.LayeredRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayersCommandTest {
  private StringWriter out;
  private StringWriter err;

  @TempDir Path folder;
  private Path run;
  private LayeredRun layered;

  @BeforeEach
  void commitTheFirstStage() throws IOException {
    run = folder.resolve("run");
    layered = new LayeredRun(run);
    layered.commit(1, "embeddings", "layer-1", "head");
  }

  private int redraft(String... arguments) {
    out = new StringWriter();
    err = new StringWriter();
    return Main.run(arguments, new PrintWriter(out), new PrintWriter(err));
  }

  @Test
  void fusesARunOnceAllItsBlocksAreThere() throws IOException {
    var model = folder.resolve("model").toString();
    assertThat(redraft("fuse", run.toString(), "--to", model)).isEqualTo(2);
    assertThat(err.toString()).contains("a run without layer-0; allowed: a run that committed all");
    layered.commit(2, "layer-0");
    assertThat(redraft("fuse", run.toString(), "--to", model)).as(err::toString).isZero();
    assertThat(out.toString().strip()).isEqualTo(model);
    assertThat(redraft("model", "check", model)).isZero();
    assertThat(redraft("fuse", run.toString(), "--to", model)).isEqualTo(2);
  }

  @Test
  void describesTheLayersOfARun() throws IOException {
    var layers = run.resolve("layers");
    assertThat(redraft("model", "describe", layers.toString())).as(err::toString).isZero();
    assertThat(out.toString())
        .contains("stages      [1]", "missing     layer-0")
        .contains("layer-1: stage 1 after 7 steps, ", " KiB, layer-1.stage-1.1.safetensors")
        .containsPattern("model\\.embed_tokens\\.weight +F32 +\\[260, 16\\] +16\\.3 KiB");
    assertThat(redraft("model", "describe", "--json", layers.toString())).isZero();
    var json = new ObjectMapper().readTree(out.toString());
    assertThat(json.path("pieces")).hasSize(3);
    assertThat(json.path("missing").path(0).asText()).isEqualTo("layer-0");
  }

  @Test
  void describesASingleLayerWithAndWithoutItsManifest() throws IOException {
    var file = run.resolve("layers").resolve("layer-1.stage-1.1.safetensors");
    assertThat(redraft("model", "describe", file.toString())).as(err::toString).isZero();
    assertThat(out.toString())
        .contains("network     2 layers")
        .contains("layer-1: stage 1 after 7");
    var copy = Files.copy(file, folder.resolve("copy.safetensors"));
    assertThat(redraft("model", "describe", copy.toString())).isZero();
    assertThat(out.toString()).contains("layer-1: stage 1 after 7").doesNotContain("network");
    Files.write(file, new byte[3]);
    assertThat(redraft("model", "describe", file.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("is 3 bytes with checksum ", ", as the manifest says");
  }
}
