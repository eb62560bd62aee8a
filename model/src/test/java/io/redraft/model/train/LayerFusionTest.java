package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerFusionTest {
  @TempDir private Path folder;

  private Path run() {
    return folder.resolve("run");
  }

  private Path model() {
    return folder.resolve("model");
  }

  private LayeredRun whole(String... overrides) throws IOException {
    var run = new LayeredRun(run(), overrides);
    run.commit(1, "embeddings", "layer-1", "head");
    run.commit(2, "layer-0");
    return run;
  }

  @Test
  void theModelHasTheWeightsThatTheStagesCommitted() throws IOException {
    var run = whole();
    LayerFusion.write(run(), model());
    var model = ModelFolder.open(model());
    assertThat(model.config().vocabularySize()).isEqualTo(258);
    for (var name : model.weights().names()) {
      var found = model.weights().tensor(name).toFloat32();
      // Rows beyond the tokenizer's come last, and are left out.
      assertThat(found).as(name).isEqualTo(Arrays.copyOf(run.weight(name), found.length));
    }
    assertThat(Files.readString(model().resolve("README.md")))
        .contains("trained right-to-left", "| layer-0 | 2 | 7 |", "| head | 1 | 7 |");
  }

  @Test
  void eightBitWeightsAreWithinHalfAStepOfTheirBlocksScale() throws IOException {
    var run = whole("export.weights=int8");
    LayerFusion.write(run(), model());
    var model = ModelFolder.open(model());
    var name = "model.layers.0.mlp.up_proj.weight";
    assertThat(model.weights().tensor(name).quantized()).isTrue();
    var found = model.weights().tensor(name).toFloat32();
    var wanted = run.weight(name);
    for (var i = 0; i < found.length; i++) {
      // 64 normal values are below 5; a step is their largest / 127, and half scales round, too.
      assertThat(Math.abs(found[i] - wanted[i])).isLessThan(5f / 127 / 2 * 1.01f + 5f / 2048);
    }
    assertThat(model.weights().tensor("model.norm.weight").toFloat32())
        .isEqualTo(run.weight("model.norm.weight"));
  }

  @Test
  void depthIsTimeUntilTheFinalJointPhaseIsCommitted() throws IOException {
    var run = whole("curriculum.joint_final=5");
    LayerFusion.write(run(), model());
    assertThat(ModelFolder.open(model()).config().depthRatios()).hasSize(2);

    run.commit(3, "embeddings", "layer-0", "layer-1", "head");
    LayerFusion.replace(run(), model());
    assertThat(ModelFolder.open(model()).config().depth().none()).isTrue();
  }

  @Test
  void aPhaseAfterEveryTwoOfTwoStagesIsTheSameToDepthAsAFinalOne() throws IOException {
    var run = whole("curriculum.joint={every: 2, steps: 5}");
    LayerFusion.write(run(), model());
    assertThat(ModelFolder.open(model()).config().depthRatios()).hasSize(2);

    run.commit(3, "embeddings", "layer-0", "layer-1", "head");
    LayerFusion.replace(run(), model());
    assertThat(ModelFolder.open(model()).config().depth().none()).isTrue();
  }

  @Test
  void blocksOfWhichSomeLearnedTogetherAreRefusedUntilAllHave() throws IOException {
    var run =
        new LayeredRun(
            run(),
            "model.layers=4",
            "curriculum.block=2",
            "curriculum.joint={every: 1, steps: 5}",
            "curriculum.joint_final=2");
    run.commit(1, "embeddings", "layer-2", "layer-3", "head");
    run.commit(2, "embeddings", "layer-2", "layer-3", "head"); // together
    run.commit(3, "layer-0", "layer-1");
    assertThatThrownBy(() -> LayerFusion.write(run(), model()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            run()
                + " is a run of which some blocks have learned together and others have mask ratios"
                + " of their own; allowed: one that committed stage 4, in which all learn together;"
                + " committed stages: [1, 2, 3]");
    assertThat(model()).doesNotExist();

    run.commit(4, "embeddings", "layer-0", "layer-1", "layer-2", "layer-3", "head");
    LayerFusion.write(run(), model());
    assertThat(ModelFolder.open(model()).config().depth().none()).isTrue();
  }

  @Test
  void aRunThatLacksBlocksIsRefusedWithTheirNames() throws IOException {
    new LayeredRun(run()).commit(1, "embeddings", "layer-1", "head");
    assertThatThrownBy(() -> LayerFusion.write(run(), model()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            run()
                + " is a run without layer-0; allowed: a run that committed all blocks; committed"
                + " stages: [1]");
    assertThat(model()).doesNotExist();
  }

  @Test
  void whatIsNoLayerWiseRunOrIsThereAlreadyIsRefused() throws IOException {
    assertThatThrownBy(() -> LayerFusion.write(run(), model()))
        .hasMessage(run() + " is no folder; allowed: the folder of a run");
    var run = new LayeredRun(run());
    assertThatThrownBy(() -> LayerFusion.write(run(), model()))
        .hasMessageStartingWith(run() + " is a run without layers; allowed: a run with a curricul");
    run.commit(1, "embeddings", "layer-1", "head");
    run.commit(2, "layer-0");
    LayerFusion.write(run(), model());
    assertThatThrownBy(() -> LayerFusion.write(run(), model()))
        .hasMessageContaining("there already");
    LayerFusion.replace(run(), model());
  }
}
