package io.redraft.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.TimeConditioning;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LayerStoreTest {
  private static final NetworkConfig NETWORK = CommitForEver.NETWORK;
  private static final String GATE = "model.layers.1.mlp.gate_proj.weight";

  @TempDir private Path run;

  private Path folder() {
    return run.resolve(LayerStore.FOLDER);
  }

  private static Map<String, float[]> pieces(float value, String... names) {
    Map<String, float[]> tensors = CommitForEver.tensors(NETWORK, value);
    tensors.keySet().removeIf(name -> !List.of(names).contains(LayerPiece.holding(name)));
    return tensors;
  }

  @ParameterizedTest
  @EnumSource(TimeConditioning.Kind.class)
  void thePiecesOfANetworkAreAllItsWeightsOnce(TimeConditioning.Kind kind) {
    var buckets = kind == TimeConditioning.Kind.TABLE ? 4 : 0;
    var network = NETWORK.withTime(new TimeConditioning(kind, buckets));
    var pieces = LayerPiece.of(network);
    assertThat(pieces)
        .extracting(LayerPiece::name)
        .containsExactly("embeddings", "layer-0", "layer-1", "layer-2", "head");
    assertThat(pieces.stream().flatMap(piece -> piece.shapes().keySet().stream()))
        .containsExactlyInAnyOrderElementsOf(WeightLayout.of(network).keySet());
    assertThat(pieces.stream().mapToLong(LayerPiece::parameters).sum())
        .isEqualTo(network.parameters());
    pieces
        .subList(1, 4)
        .forEach(layer -> assertThat(layer.shapes()).hasSameSizeAs(pieces.get(1).shapes()));
  }

  @Test
  void whatAStageCommitsReadsBackAndOtherPiecesStay() throws IOException {
    var store = LayerStore.open(folder(), NETWORK);
    assertThat(store.committed()).isEmpty();
    assertThat(store.has(GATE)).isFalse();
    assertThat(store.missing())
        .containsExactly("embeddings", "layer-0", "layer-1", "layer-2", "head");
    store.commit(1, 30, pieces(1, "embeddings", "layer-2", "head"));
    store.commit(2, 40, pieces(2, "layer-1", "head"));

    var again = LayerStore.open(folder(), NETWORK);
    assertThat(again.committed()).containsExactly(1, 2);
    assertThat(again.missing()).containsExactly("layer-0");
    assertThat(again.read(GATE)).hasSize(64 * 32).containsOnly(2);
    assertThat(again.read("lm_head.weight")).containsOnly(2);
    assertThat(again.read("model.layers.2.mlp.gate_proj.weight")).containsOnly(1);
    assertThat(again.has("model.layers.0.mlp.gate_proj.weight")).isFalse();
    assertThat(again.has("model.layers.7.mlp.gate_proj.weight")).isFalse();
    assertThat(again.has("model.layers.")).isFalse();
    assertThat(again.pieces())
        .extracting(CommittedPiece::name, CommittedPiece::stage, CommittedPiece::step)
        .containsExactly(
            tuple("embeddings", 1, 30L),
            tuple("layer-1", 2, 40L),
            tuple("layer-2", 1, 30L),
            tuple("head", 2, 40L));
    // A version that was replaced is gone: four pieces and the manifest.
    assertThat(files()).hasSize(5);
  }

  private List<String> files() throws IOException {
    try (var files = Files.list(folder())) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void weightsOfAPieceThatAreNotGivenStay() throws IOException {
    var store = LayerStore.open(folder(), NETWORK);
    store.commit(1, 5, pieces(1, "layer-1"));
    store.commit(2, 5, Map.of(GATE, CommitForEver.tensors(NETWORK, 2).get(GATE)));
    assertThat(store.read(GATE)).containsOnly(2);
    assertThat(store.read("model.layers.1.mlp.up_proj.weight")).containsOnly(1);
    var gate = Map.of("model.layers.0.mlp.gate_proj.weight", new float[64 * 32]);
    assertThatThrownBy(() -> store.commit(3, 5, gate))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("model.layers.0.input_layernorm.weight: not committed");
    assertThat(store.committed()).containsExactly(1, 2);
  }

  @Test
  void aStageMayCommitAgainUntilALaterOneHas() throws IOException {
    var store = LayerStore.open(folder(), NETWORK);
    store.commit(1, 5, pieces(1, "layer-1"));
    store.commit(1, 6, pieces(1.5f, "layer-1"));
    assertThat(store.read(GATE)).containsOnly(1.5f);
    store.commit(3, 5, pieces(3, "layer-1"));
    store.commit(1, 6, pieces(1.5f, "layer-1"));
    assertThat(store.read(GATE)).as("what was built upon it stays").containsOnly(3);
    assertThatThrownBy(() -> store.commit(2, 6, pieces(2, "layer-1")))
        .hasMessage("stage is 2; allowed: 3 or more, the newest that is committed");
  }

  @Test
  void tensorsThatAreNoneOfTheNetworksAreRefused() {
    var store = LayerStore.open(folder(), NETWORK);
    assertThatThrownBy(() -> store.commit(1, 1, Map.of("model.layers.3.x", new float[1])))
        .hasMessage("weight is model.layers.3.x; allowed: a weight of this network");
    Map<String, float[]> wrong = new HashMap<>(pieces(1, "layer-1"));
    wrong.put(GATE, new float[3]);
    assertThatThrownBy(() -> store.commit(1, 1, wrong))
        .hasMessage(GATE + " is 3 values; allowed: 2048 values");
  }

  @Test
  void layersOfAnotherShapeAreRefusedWithWhatDiffers() throws IOException {
    LayerStore.open(folder(), NETWORK).commit(1, 5, pieces(1, "layer-1"));
    assertThatThrownBy(() -> LayerStore.open(folder(), NETWORK.withVocabulary(50)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("is layers of another network; allowed: layers of this run's")
        .hasMessageEndingWith("they differ in vocab_size (40, not 50)");
  }

  @Test
  void aDamagedOrMissingFileIsNamedWhenItIsRead() throws IOException {
    LayerStore.open(folder(), NETWORK).commit(1, 5, pieces(1, "layer-1", "head"));
    var file = folder().resolve("layer-1.stage-1.1.safetensors");
    var bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    var store = LayerStore.open(folder(), NETWORK);
    assertThat(store.read("lm_head.weight")).containsOnly(1);
    assertThatThrownBy(() -> store.read(GATE))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(file + " is " + bytes.length + " bytes with checksum ")
        .hasMessageEndingWith(", as the manifest says");
    Files.delete(file);
    assertThatThrownBy(() -> LayerStore.open(folder(), NETWORK).read(GATE))
        .hasMessage(file + " is missing; allowed: a file of the manifest");
  }

  @Test
  void aManifestThatPointsElsewhereIsRefused() throws IOException {
    LayerStore.open(folder(), NETWORK).commit(1, 5, pieces(1, "layer-1"));
    var manifest = folder().resolve(LayerStore.MANIFEST);
    var text = Files.readString(manifest);
    Files.writeString(manifest, text.replace("\"layer-1.stage", "\"../layer-1.stage"));
    assertThatThrownBy(() -> LayerStore.open(folder(), NETWORK))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("pieces.layer-1: no file name: ../layer-1.stage");
  }

  @Test
  void aDeathBeforeTheManifestLeavesWhatWasThereAndItsLeftoversAreSwept() throws IOException {
    var store = LayerStore.open(folder(), NETWORK);
    store.commit(1, 5, pieces(1, "layer-1"));
    var before = Files.readAllBytes(folder().resolve(LayerStore.MANIFEST));
    var kept = Files.readAllBytes(folder().resolve("layer-1.stage-1.1.safetensors"));
    store.commit(2, 5, pieces(2, "layer-1"));
    // As it is when the process dies between the new file and the new manifest.
    Files.write(folder().resolve(LayerStore.MANIFEST), before);
    Files.write(folder().resolve("layer-1.stage-1.1.safetensors"), kept);
    Files.write(folder().resolve(".layer-0.stage-2.2.safetensors123.tmp"), new byte[7]);

    var after = LayerStore.open(folder(), NETWORK);
    assertThat(after.committed()).containsExactly(1);
    assertThat(after.read(GATE)).containsOnly(1);
    after.sweep();
    assertThat(files()).containsExactly("layer-1.stage-1.1.safetensors", "manifest.json");
    after.commit(2, 5, pieces(2, "layer-1"));
    assertThat(LayerStore.open(folder(), NETWORK).read(GATE)).containsOnly(2);
  }

  @Test
  void aProcessKilledWhileItCommitsLeavesOneWholeVersion() throws Exception {
    var newest = 0;
    for (var round = 0; round < 8; round++) {
      var process = start();
      try (var out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        for (var line = 0; line <= round; line++) {
          newest = Integer.parseInt(out.readLine());
        }
        process.destroyForcibly(); // somewhere in one of the commits that follow
      }
      assertThat(process.waitFor()).isEqualTo(137);
      var store = LayerStore.open(folder(), NETWORK);
      var stages = store.committed();
      var last = stages.get(stages.size() - 1);
      assertThat(last).as("told as committed").isGreaterThanOrEqualTo(newest);
      for (var weight : WeightLayout.of(NETWORK).keySet()) {
        assertThat(store.read(weight)).containsOnly(last);
      }
      assertThat(store.pieces()).allMatch(piece -> piece.stage() == last);
    }
    var store = LayerStore.open(folder(), NETWORK);
    store.sweep();
    assertThat(files()).hasSize(6);
  }

  @Test
  void twoRunsOnOneFolderAreRefusedWithTheOthersProcess() throws Exception {
    var process = start();
    try (var out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(out.readLine()).isEqualTo("1");
      assertThatThrownBy(() -> RunLock.acquire(run))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage(
              "run.folder is %s; allowed: a folder in which no other run works; process %d does"
                      .formatted(run, process.pid())
                  + " in this one");
    } finally {
      process.destroyForcibly().waitFor();
    }
    try (var lock = RunLock.acquire(run)) {
      assertThat(lock).as("a dead process holds nothing").isNotNull();
      assertThatThrownBy(() -> RunLock.acquire(run))
          .hasMessageContaining("process %d does".formatted(ProcessHandle.current().pid()));
    }
    RunLock.acquire(run).close();
  }

  private Process start() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            CommitForEver.class.getName(),
            run.toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
