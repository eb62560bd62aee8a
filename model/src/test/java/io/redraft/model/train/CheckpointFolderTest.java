package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.WeightLayout;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointFolderTest {
  private static final NetworkConfig NETWORK =
      new NetworkConfig(
          11, 8, 2, 2, 1, 4, 12, 8, 1e-5, 100, false, AttentionMode.BIDIRECTIONAL, 10, -1, 0);
  private static final ParameterLayout LAYOUT = new ParameterLayout(NETWORK);

  @TempDir private Path folder;

  private static Checkpoint checkpoint(long step) {
    var first = OptimizerState.first(Initialization.of(LAYOUT, step));
    var state =
        new OptimizerState(
            first.weights(),
            Initialization.of(LAYOUT, step + 1),
            Initialization.of(LAYOUT, step + 2),
            Initialization.of(LAYOUT, step + 3),
            step - 1);
    var counted = new TrainingLoop.State(step, List.of(1.5f, Float.NaN, 0.1f), 4, 3, 8);
    return new Checkpoint(counted, state, new float[0], Map.of("run.seed", "1"), "7-ab");
  }

  @Test
  void whatIsReadIsWhatWasWritten() throws Exception {
    var checkpoints = new CheckpointFolder(folder, LAYOUT);
    checkpoints.write(checkpoint(5));
    var read = checkpoints.newest((config, corpus) -> {}).orElseThrow();
    var written = checkpoint(5);
    assertThat(read.step()).isEqualTo(5);
    assertThat(read.counted()).isEqualTo(written.counted());
    assertThat(read.config()).isEqualTo(written.config());
    assertThat(read.state().updates()).isEqualTo(4);
    assertThat(read.state().weights()).isEqualTo(written.state().weights());
    assertThat(read.state().firstMoment()).isEqualTo(written.state().firstMoment());
    assertThat(read.state().secondMoment()).isEqualTo(written.state().secondMoment());
    assertThat(read.state().average()).isEqualTo(written.state().average());
  }

  @Test
  void keepsWhatElseAStepChanges() throws Exception {
    var checkpoints = new CheckpointFolder(folder, LAYOUT.parameters(), 3);
    var plain = checkpoint(5);
    var vectors = new float[] {0.5f, -0.25f, 3};
    checkpoints.write(
        new Checkpoint(plain.counted(), plain.state(), vectors, plain.config(), plain.corpus()));
    var read = checkpoints.newest((config, corpus) -> {}).orElseThrow();
    assertThat(read.vectors()).isEqualTo(vectors);
    assertThat(read.state().average()).isEqualTo(plain.state().average());
  }

  @Test
  void theLastTwoAreKept() throws Exception {
    var checkpoints = new CheckpointFolder(folder, LAYOUT);
    for (var step : new long[] {9, 10, 100, 101}) {
      checkpoints.write(checkpoint(step));
    }
    assertThat(CheckpointFolder.steps(folder)).containsExactly(100L, 101L);
    try (var entries = Files.list(folder)) {
      assertThat(entries).hasSize(2);
    }
  }

  @Test
  void whatAKilledProcessLeftHalfWrittenIsNeverReadAndIsSweptAway() throws Exception {
    var checkpoints = new CheckpointFolder(folder, LAYOUT);
    checkpoints.write(checkpoint(5));
    var torn = Files.createDirectory(folder.resolve(".writing-123"));
    Files.writeString(torn.resolve("state.safetensors"), "half");
    assertThat(checkpoints.newest((config, corpus) -> {}).orElseThrow().step()).isEqualTo(5);
    checkpoints.sweep();
    assertThat(torn).doesNotExist();
    assertThat(CheckpointFolder.steps(folder)).containsExactly(5L);
  }

  @Test
  void theSameStepCanBeWrittenAgain() throws Exception {
    var checkpoints = new CheckpointFolder(folder, LAYOUT);
    checkpoints.write(checkpoint(5));
    checkpoints.write(checkpoint(5));
    assertThat(CheckpointFolder.steps(folder)).containsExactly(5L);
  }

  @Test
  void anObjectionIsRaisedBeforeWeightsAreRead() throws Exception {
    var checkpoints = new CheckpointFolder(folder, LAYOUT);
    checkpoints.write(checkpoint(5));
    Files.delete(folder.resolve("step-5").resolve("state.safetensors"));
    assertThatThrownBy(
            () ->
                checkpoints.newest(
                    (config, corpus) -> {
                      throw InvalidInputException.of("run.seed", config.get("run.seed"), corpus);
                    }))
        .hasMessage("run.seed is 1; allowed: 7-ab");
  }

  @Test
  void aNetworkOfAnotherShapeIsRefused() throws Exception {
    new CheckpointFolder(folder, LAYOUT).write(checkpoint(5));
    var wider =
        new ParameterLayout(
            new NetworkConfig(
                12,
                8,
                2,
                2,
                1,
                4,
                12,
                8,
                1e-5,
                100,
                false,
                AttentionMode.BIDIRECTIONAL,
                10,
                -1,
                0));
    assertThatThrownBy(() -> new CheckpointFolder(folder, wider).newest((config, corpus) -> {}))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("embed_tokens");
  }

  @Test
  void everyWeightOfAModelFileHasItsPlaceAndShape() {
    var shapes =
        LAYOUT.parameters().stream()
            .collect(Collectors.toMap(ParameterLayout.Parameter::name, p -> List.of(p.shape())));
    var expected =
        WeightLayout.of(NETWORK).entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey,
                    e -> List.of(java.util.Arrays.stream(e.getValue()).boxed().toList())));
    assertThat(shapes).isEqualTo(expected);
    assertThat(LAYOUT.size()).isEqualTo((int) NETWORK.parameters());
  }
}
