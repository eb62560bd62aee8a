package io.redraft.model.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.TimeConditioning;
import io.redraft.model.noise.CounterHash;
import io.redraft.model.objective.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class BlockBoundEvaluatorTest {
  private static final int MASK = 7;
  private static final int CONTEXT = 5;
  private static final int[] TEXT = {1, 4, 2, 0, 5, 3, 6, 2, 1, 1, 4, 0, 3};

  private static NetworkConfig network(AttentionMode attention, List<Integer> sizes) {
    return new NetworkConfig(
        8,
        4,
        1,
        1,
        1,
        4,
        4,
        CONTEXT,
        1e-5,
        100,
        true,
        attention,
        MASK,
        -1,
        -1,
        TimeConditioning.NONE,
        sizes);
  }

  /** A stand-in for a network: a loss that depends on everything that a row sees. */
  private static float[] score(TokenBatch batch) {
    var losses = new float[batch.size()];
    for (var n = 0; n < losses.length; n++) {
      var b = batch.rows()[n] / batch.length();
      var row = batch.rows()[n] % batch.length();
      var noisy = new int[batch.tokens()];
      var clean = new int[batch.tokens()];
      for (var i = 0; i < batch.tokens(); i++) {
        noisy[i] = batch.inputs()[b * batch.length() + i];
        clean[i] = batch.inputs()[b * batch.length() + (batch.copies() - 1) * noisy.length + i];
      }
      losses[n] = (float) loss(noisy, clean, row, batch.targets()[n], batch.blockSize());
    }
    return losses;
  }

  /** With a size of 0 the whole noisy canvas is seen. */
  private static double loss(int[] noisy, int[] clean, int row, int target, int size) {
    var state = 17L + target;
    for (var i = 0; i < noisy.length; i++) {
      if (size == 0 || i / size == row / size) {
        state = CounterHash.bits(state, noisy[i] + 31L * i, row);
      } else if (i / size < row / size) {
        state = CounterHash.bits(state, clean[i] + 31L * i, row);
      }
    }
    return 0.5 + CounterHash.unit(state);
  }

  /** The bound by listing every set of masks of every block, sets of a size alike. */
  private static double listed(int size) {
    var total = 0.0;
    for (var from = 0; from < TEXT.length; from += CONTEXT) {
      var chunk = Arrays.copyOfRange(TEXT, from, Math.min(TEXT.length, from + CONTEXT));
      for (var block = 0; block < chunk.length; block += size) {
        var length = Math.min(size, chunk.length - block);
        for (var set = 1; set < 1 << length; set++) {
          var noisy = chunk.clone();
          for (var i = 0; i < length; i++) {
            noisy[block + i] = (set >> i & 1) == 1 ? MASK : chunk[block + i];
          }
          var m = Integer.bitCount(set);
          // m is one of L alike, the set one of (L choose m), and each loss weighs L/m.
          var weight = 1.0 / length / choose(length, m) * length / m;
          for (var i = block; i < block + length; i++) {
            total += noisy[i] == MASK ? weight * loss(noisy, chunk, i, chunk[i], size) : 0;
          }
        }
      }
    }
    return total;
  }

  private static double choose(int n, int k) {
    return k == 0 ? 1 : choose(n - 1, k - 1) * n / k;
  }

  private static Evaluation evaluate(NetworkConfig network, int masks, int batch) {
    return new BoundEvaluator(BlockBoundEvaluatorTest::score, network, batch)
        .evaluate(new EvaluationText(TEXT, 26, 13), masks, 3, done -> {});
  }

  @Test
  void theBoundOfEverySizeIsTheOneFoundByListingEveryMask() {
    var network = network(AttentionMode.BIDIRECTIONAL, List.of(1, 2, 3, 5));
    var found = evaluate(network, 20_000, 64).blockCausal();
    assertThat(found).extracting(BlockBound::size).containsExactly(1, 2, 3, 5);
    for (var bound : found) {
      // 20,000 masks a chunk: a standard error of about 0.2 %. Blocks of one token have no choice.
      var tolerance = bound.size() == 1 ? 1e-5 : 0.01;
      assertThat(bound.nats())
          .isCloseTo(listed(bound.size()), within(tolerance * listed(bound.size())));
      assertThat(bound.natsPerToken()).isEqualTo(bound.nats() / 13);
      assertThat(bound.name()).isEqualTo("block_causal_" + bound.size());
    }
  }

  @Test
  void withBlocksOfOneTokenTheBoundIsTheSumOfTheLossesOfAllTokens() {
    var expected = 0.0;
    for (var i = 0; i < TEXT.length; i++) {
      var chunk = Arrays.copyOfRange(TEXT, i - i % CONTEXT, i);
      var noisy = new int[chunk.length + 1];
      noisy[chunk.length] = MASK;
      expected += loss(noisy, Arrays.copyOf(chunk, noisy.length), i % CONTEXT, TEXT[i], 1);
    }
    var network = network(AttentionMode.BIDIRECTIONAL, List.of(1));
    // 13 float32 losses near 1.
    assertThat(evaluate(network, 1, 2).blockCausal().get(0).nats())
        .isCloseTo(expected, within(1e-5));
  }

  @Test
  void aNetworkThatAttendsInNoOtherWayIsJudgedByItsLargestBlocks() {
    var found = evaluate(network(AttentionMode.BLOCK_CAUSAL, List.of(2, 4)), 50, 4);
    assertThat(found.nats()).isEqualTo(found.blockCausal().get(1).nats());
    assertThat(found.exact()).isFalse();
    // Blocks of 4 or fewer: a share of masks of at least 1/4.
    assertThat(found.byMaskRatio().get(1).masked()).isZero();
    assertThat(found.byMaskRatio().get(2).masked()).isPositive();
    assertThat(found.byMaskRatio().get(9).masked()).isPositive();
  }

  @Test
  void batchesChangeNothing() {
    var network = network(AttentionMode.BIDIRECTIONAL, List.of(2, 3));
    var one = evaluate(network, 8, 1);
    var many = evaluate(network, 8, 5);
    for (var i = 0; i < 2; i++) {
      assertThat(many.blockCausal().get(i).nats())
          .isCloseTo(one.blockCausal().get(i).nats(), within(1e-5));
    }
  }

  @Test
  void progressEndsWithEverySequence() {
    for (var attention : List.of(AttentionMode.BIDIRECTIONAL, AttentionMode.BLOCK_CAUSAL)) {
      var evaluator =
          new BoundEvaluator(
              BlockBoundEvaluatorTest::score, network(attention, List.of(1, 2, 3)), 5);
      var text = new EvaluationText(TEXT, 26, 13);
      List<Long> told = new ArrayList<>();
      evaluator.evaluate(text, 8, 3, told::add);
      // Three chunks; 8 masks of each, for blocks of one token a single one.
      var whole = attention == AttentionMode.BIDIRECTIONAL ? 24L : 0;
      assertThat(told).isSorted().last().isEqualTo(evaluator.sequences(text, 8));
      assertThat(told).last().isEqualTo(whole + 3 + 24 + 24);
    }
  }
}
