package io.redraft.model.train.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.train.ParameterLayout;
import io.redraft.model.train.config.FrozenStorage;
import io.redraft.model.train.curriculum.BlockSpan;
import io.redraft.model.train.curriculum.Mechanics;
import io.redraft.model.train.curriculum.Stage;
import org.junit.jupiter.api.Test;

class StageMemoryTest {
  private static NetworkConfig network(int layers, boolean tied) {
    return new NetworkConfig(
        11, 16, layers, 4, 2, 4, 24, 8, 1e-5, 100, tied, AttentionMode.BIDIRECTIONAL, 10, -1, 0);
  }

  private static Stage stage(
      int from, int to, int first, int end, boolean ends, Mechanics mechanics) {
    return new Stage(
        1,
        "stage-1",
        Stage.Kind.APPEND,
        new BlockSpan(from, to),
        new BlockSpan(first, end),
        ends,
        ends,
        0,
        1,
        10,
        mechanics);
  }

  /** q and o 16·16, k and v 8·16, three of 24·16, two gains. */
  private static final long BLOCK = 2 * 256 + 2 * 128 + 3 * 384 + 2 * 16;

  @Test
  void aStageThatTrainsAllHasTheLayoutOfAnEndToEndRun() {
    for (var tied : new boolean[] {true, false}) {
      var network = network(3, tied);
      var layout = new StageLayout(stage(0, 3, 0, 3, true, Mechanics.PLAIN), network);
      var whole = new ParameterLayout(network);
      assertThat(layout.size()).isEqualTo(whole.size());
      assertThat(layout.decayed()).isEqualTo(whole.decayed());
      assertThat(layout.frozen()).isEmpty();
      assertThat(layout.learned())
          .extracting(StageLayout.Learned::name)
          .containsExactlyElementsOf(
              whole.parameters().stream().map(ParameterLayout.Parameter::name).toList());
    }
  }

  @Test
  void onlyWhatLearnsHasAGradientAndMoments() {
    var memory =
        StageMemory.of(
            stage(0, 3, 2, 3, false, Mechanics.PLAIN),
            network(3, true),
            2,
            8,
            ComputeType.BFLOAT16);
    assertThat(memory.trainedParameters()).isEqualTo(BLOCK);
    assertThat(memory.parameters()).isEqualTo(3 * BLOCK + 11 * 16 + 16);
    assertThat(memory.trainedWeights()).isEqualTo(6 * BLOCK);
    assertThat(memory.frozenWeights()).isEqualTo(2 * (2 * BLOCK + 11 * 16 + 16));
    assertThat(memory.moments()).isEqualTo(8 * BLOCK);
    assertThat(memory.average()).isEqualTo(4 * BLOCK);
    assertThat(memory.gradient()).isBetween(6 * BLOCK, 12 * BLOCK);
    assertThat(memory.total())
        .isEqualTo(
            memory.trainedWeights()
                + memory.frozenWeights()
                + memory.gradient()
                + memory.moments()
                + memory.average()
                + memory.activations()
                + memory.head());
  }

  @Test
  void frozenBlocksBeforeThoseThatLearnRecordNothing() {
    var alone =
        StageMemory.of(
            stage(2, 3, 2, 3, false, Mechanics.PLAIN), network(3, true), 2, 8, ComputeType.FLOAT32);
    var behind =
        StageMemory.of(
            stage(0, 3, 2, 3, false, Mechanics.PLAIN), network(3, true), 2, 8, ComputeType.FLOAT32);
    var before =
        StageMemory.of(
            stage(0, 3, 0, 1, false, Mechanics.PLAIN), network(3, true), 2, 8, ComputeType.FLOAT32);
    assertThat(behind.activations()).isEqualTo(alone.activations());
    // Two blocks that a gradient passes: 2D + 2HE + 2KE + 3F numbers of 16 places each.
    assertThat(before.activations() - alone.activations())
        .isEqualTo(2 * 4 * 16 * (2 * 16 + 2 * 16 + 2 * 8 + 3 * 24));
  }

  @Test
  void quantisedBlocksTakeABitMoreThanTheirBits() {
    var network = network(2, true);
    for (var storage : new FrozenStorage[] {FrozenStorage.INT4, FrozenStorage.NF4}) {
      fourBits(network, storage);
    }
  }

  private static void fourBits(NetworkConfig network, FrozenStorage storage) {
    var adapted = new Mechanics(2, 1, storage, false, 1, 0, false);
    var memory =
        StageMemory.of(stage(0, 2, 0, 1, false, adapted), network, 2, 8, ComputeType.BFLOAT16);
    var matrices = BLOCK - 2 * 16;
    // All sizes are multiples of 64, so there are no values beyond the matrices.
    assertThat(memory.frozenWeights())
        .isEqualTo(matrices / 2 + matrices / 16 + 2 * (2 * 16 + 11 * 16 + 16));
    // Rank 2 times the sum of rows and columns of the seven matrices.
    var adapters = 2 * (2 * (16 + 16) + 2 * (8 + 16) + 3 * (24 + 16));
    assertThat(memory.trainedParameters()).isEqualTo(BLOCK + adapters);
  }

  @Test
  void aCachedStreamNeedsNoEmbeddingUnlessItIsTheHead() {
    var cached = new Mechanics(0, 1, FrozenStorage.COMPUTE, false, 1, 0, true);
    var tied = new StageLayout(stage(2, 3, 2, 3, false, cached), network(3, true));
    assertThat(tied.frozen()).containsOnlyKeys("model.embed_tokens.weight", "model.norm.weight");
    var untied = new StageLayout(stage(2, 3, 2, 3, false, cached), network(3, false));
    assertThat(untied.frozen()).containsOnlyKeys("lm_head.weight", "model.norm.weight");
  }

  @Test
  void aFrozenUpProjectionDoesNotLearn() {
    var mechanics = new Mechanics(0, 1, FrozenStorage.COMPUTE, false, 1, 0, false, true);
    var layout = new StageLayout(stage(0, 3, 2, 3, false, mechanics), network(3, true));
    assertThat(layout.place("model.layers.2.mlp.up_proj.weight")).isEqualTo(-1);
    assertThat(layout.size()).isEqualTo(BLOCK - 24 * 16);
  }

  @Test
  void whatCannotBeLaidOutIsNamed() {
    assertThatThrownBy(
            () -> new StageLayout(stage(0, 4, 0, 4, true, Mechanics.PLAIN), network(3, true)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("blocks 0 to 3")
        .hasMessageContaining("blocks 0 to 2");
    var alone =
        new Stage(
            1,
            "stage-1",
            Stage.Kind.PREPEND,
            new BlockSpan(0, 3),
            new BlockSpan(0, 1),
            true,
            false,
            0,
            1,
            10,
            Mechanics.PLAIN);
    assertThatThrownBy(() -> new StageLayout(alone, network(3, true)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("tied_head");
    assertThat(new StageLayout(alone, network(3, false)).size()).isEqualTo(BLOCK + 11 * 16);
  }

  @Test
  void tokenPassesCountForwardAndBackwardOfEveryBlock() {
    var plain = Mechanics.PLAIN;
    assertThat(TokenPasses.of(stage(0, 3, 0, 3, true, plain), 100)).isEqualTo(300);
    assertThat(TokenPasses.of(stage(0, 3, 2, 3, false, plain), 300)).isEqualTo(300 + 2 * 100);
    assertThat(TokenPasses.of(stage(0, 3, 0, 1, false, plain), 300)).isEqualTo(300 + 2 * 200);
    assertThat(TokenPasses.of(stage(2, 3, 2, 3, false, plain), 300)).isEqualTo(300);
    var adapted = new Mechanics(2, 1, FrozenStorage.INT8, false, 1, 0, false);
    assertThat(TokenPasses.of(stage(0, 3, 0, 1, false, adapted), 300)).isEqualTo(900);
  }

  @Test
  void aBlockOfSeventyBillionWeightsIsCountedWithoutOverflow() {
    var network =
        new NetworkConfig(
            128000,
            8192,
            80,
            64,
            8,
            128,
            28672,
            4096,
            1e-5,
            500000,
            false,
            AttentionMode.BIDIRECTIONAL,
            1,
            -1,
            2);
    var memory =
        StageMemory.of(
            stage(0, 80, 0, 80, true, Mechanics.PLAIN), network, 1, 2048, ComputeType.BFLOAT16);
    assertThat(memory.parameters()).isEqualTo(network.parameters());
    assertThat(memory.moments()).isEqualTo(8 * network.parameters());
  }
}
