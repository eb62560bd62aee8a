package io.redraft.model.train.stage;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.train.curriculum.BlockSpan;
import io.redraft.model.train.curriculum.FrozenStorage;
import io.redraft.model.train.curriculum.Mechanics;
import io.redraft.model.train.curriculum.Stage;
import org.junit.jupiter.api.Test;

class StageMemoryTest {
  /** 4 blocks of width 8: q 64, k 32, v 32, o 64, gate, up and down 96 each, two norms of 8. */
  private static final NetworkConfig NETWORK = network(false);

  private static final long BLOCK = 64 + 32 + 32 + 64 + 3 * 96 + 16;
  private static final long TABLE = 10 * 8;

  private static NetworkConfig network(boolean tied) {
    return new NetworkConfig(
        10, 8, 4, 2, 1, 4, 12, 16, 1e-5, 1e4, tied, AttentionMode.BIDIRECTIONAL, 9, -1, -1);
  }

  private static Stage stage(int from, int to, boolean embeddings, boolean head, Mechanics with) {
    return new Stage(
        1,
        "s",
        Stage.Kind.APPEND,
        new BlockSpan(0, 4),
        new BlockSpan(from, to),
        embeddings,
        head,
        0.1,
        0.9,
        1,
        with);
  }

  private static StageMemory memory(Stage stage, ComputeType compute) {
    return StageMemory.of(stage, NETWORK, 2, 16, compute);
  }

  @Test
  void allOfANetworkThatLearnsHas20BytesAWeightAnd22WithACopy() {
    var all = stage(0, 4, true, true, Mechanics.PLAIN);
    var exact = memory(all, ComputeType.FLOAT32);
    assertThat(exact.parameters()).isEqualTo(NETWORK.parameters());
    assertThat(exact.trainedParameters()).isEqualTo(NETWORK.parameters());
    assertThat(exact.frozenWeights()).isZero();
    assertThat(exact.total() - exact.activations() - exact.head())
        .isEqualTo(20 * NETWORK.parameters());
    var half = memory(all, ComputeType.BFLOAT16);
    assertThat(half.total() - half.activations() - half.head())
        .isEqualTo(22 * NETWORK.parameters());
    assertThat(half.activations()).isEqualTo(exact.activations() / 2);
  }

  @Test
  void aBlockBehindAFrozenTrunkHasOneBlocksOptimizer() {
    var last = memory(stage(3, 4, false, false, Mechanics.PLAIN), ComputeType.FLOAT32);
    assertThat(last.trainedParameters()).isEqualTo(BLOCK);
    assertThat(last.parameters()).isEqualTo(NETWORK.parameters());
    assertThat(last.gradient()).isEqualTo(4 * BLOCK);
    assertThat(last.moments()).isEqualTo(8 * BLOCK);
    assertThat(last.average()).isEqualTo(4 * BLOCK);
    assertThat(last.frozenWeights()).isEqualTo(4 * (3 * BLOCK + 2 * TABLE + 8));
  }

  @Test
  void aCachedTrunkIsNotThere() {
    var cached = new Mechanics(0, 1, FrozenStorage.COMPUTE, false, 1, 0, true);
    var read = memory(stage(3, 4, false, true, cached), ComputeType.BFLOAT16);
    assertThat(read.frozenWeights()).isZero();
    assertThat(read.trainedParameters()).isEqualTo(BLOCK + TABLE + 8);
    assertThat(read.parameters()).isEqualTo(BLOCK + TABLE + 8);
  }

  @Test
  void embeddingsThatLearnHaveTheGradientReachEveryBlock() {
    var shut = memory(stage(3, 4, false, true, Mechanics.PLAIN), ComputeType.FLOAT32);
    var open = memory(stage(3, 4, true, true, Mechanics.PLAIN), ComputeType.FLOAT32);
    // Three blocks pass it on: 2·8 + 2·8 + 2·4 + 2·12 numbers a token each, 32 tokens.
    assertThat(open.activations() - shut.activations()).isEqualTo(3 * 64 * 32 * 4);
  }

  @Test
  void frozenBlocksTakeFewerBitsAndAdaptersAFewWeights() {
    var quantized = new Mechanics(2, 1, FrozenStorage.INT4, false, 1, 0, false);
    var found = memory(stage(3, 4, false, false, quantized), ComputeType.BFLOAT16);
    // Rank 2 on q (8+8), k (4+8), v (4+8), o (8+8), gate, up and down (12+8 each), three blocks.
    long adapters = 3 * 2 * (16 + 12 + 12 + 16 + 3 * 20);
    assertThat(found.trainedParameters()).isEqualTo(BLOCK + adapters);
    // 4 bits and a 16-bit scale for every 64 weights: 0.53125 bytes a weight.
    assertThat(found.frozenWeights())
        .isEqualTo(Math.round(3 * BLOCK * 0.53125) + 2 * (2 * TABLE + 8));
  }

  @Test
  void upProjectionsThatStayHaveNoOptimizer() {
    var fixed = new Mechanics(0, 1, FrozenStorage.COMPUTE, false, 1, 0, false, true);
    var found = memory(stage(0, 4, true, true, fixed), ComputeType.FLOAT32);
    assertThat(found.trainedParameters()).isEqualTo(NETWORK.parameters() - 4 * 96);
    assertThat(found.parameters()).isEqualTo(NETWORK.parameters());
  }

  @Test
  void aTiedHeadIsCountedOnce() {
    var tied = network(true);
    var found =
        StageMemory.of(stage(0, 4, true, true, Mechanics.PLAIN), tied, 2, 16, ComputeType.FLOAT32);
    assertThat(found.parameters()).isEqualTo(tied.parameters());
    assertThat(found.trainedParameters()).isEqualTo(tied.parameters());
  }
}
