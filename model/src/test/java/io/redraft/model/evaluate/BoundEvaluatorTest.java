package io.redraft.model.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.noise.CounterHash;
import io.redraft.model.objective.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class BoundEvaluatorTest {
  private static final int MASK = 7;
  private static final int[] TEXT = {1, 4, 2, 0, 5, 3, 6, 2, 1, 1, 4};

  private static NetworkConfig network(AttentionMode attention, int begin) {
    var mask = attention == AttentionMode.BIDIRECTIONAL ? MASK : -1;
    return new NetworkConfig(8, 4, 1, 1, 1, 4, 4, 4, 1e-5, 100, true, attention, mask, begin, -1);
  }

  /** A stand-in for a network: a loss that depends on everything that it reads. */
  private static float[] score(TokenBatch batch) {
    var losses = new float[batch.size()];
    for (var n = 0; n < losses.length; n++) {
      var b = batch.rows()[n] / batch.length();
      var inputs =
          Arrays.copyOfRange(
              batch.inputs(), b * batch.length(), b * batch.length() + batch.length());
      losses[n] = (float) loss(inputs, batch.rows()[n] % batch.length(), batch.targets()[n]);
    }
    return losses;
  }

  private static double loss(int[] inputs, int place, int target) {
    var state = 17L + target;
    for (var i = 0; i < inputs.length; i++) {
      state = CounterHash.bits(state, inputs[i] + 31L * i, place);
    }
    return 0.5 + CounterHash.unit(state);
  }

  /** The bound of a text by listing every mask of each chunk of four. */
  private static double exactBound() {
    var total = 0.0;
    for (var from = 0; from < TEXT.length; from += 4) {
      var chunk = Arrays.copyOfRange(TEXT, from, Math.min(TEXT.length, from + 4));
      var n = chunk.length;
      for (var set = 1; set < 1 << n; set++) {
        var inputs = chunk.clone();
        for (var i = 0; i < n; i++) {
          inputs[i] = (set >> i & 1) == 1 ? MASK : chunk[i];
        }
        var k = Integer.bitCount(set);
        // ∫ t^(k−1) (1−t)^(n−k) dt = (k−1)! (n−k)! / n!
        var weight = factorial(k - 1) * factorial(n - k) / factorial(n);
        for (var i = 0; i < n; i++) {
          total += (set >> i & 1) == 1 ? weight * loss(inputs, i, chunk[i]) : 0;
        }
      }
    }
    return total;
  }

  private static double factorial(int n) {
    return n < 2 ? 1 : n * factorial(n - 1);
  }

  @Test
  void theBoundIsTheOneFoundByListingEveryMask() {
    var evaluator =
        new BoundEvaluator(BoundEvaluatorTest::score, network(AttentionMode.BIDIRECTIONAL, -1), 64);
    var found = evaluator.evaluate(new EvaluationText(TEXT, 22, 11), 40_000, 3, done -> {});
    // 40 000 masks a chunk: the standard error is about 0.3 %, and times below 10⁻³ are left out.
    assertThat(found.nats()).isCloseTo(exactBound(), within(0.02 * exactBound()));
    assertThat(found.natsPerToken()).isEqualTo(found.nats() / 11);
    assertThat(found.bitsPerByte()).isEqualTo(found.nats() / Math.log(2) / 22);
    assertThat(found.bitsPerCharacter()).isEqualTo(found.nats() / Math.log(2) / 11);
    assertThat(found.exact()).isFalse();
    assertThat(found.byMaskRatio()).hasSize(10).allMatch(b -> b.nats() > 0.5 && b.nats() < 1.5);
  }

  @Test
  void batchesChangeNothingAndSeedsChangeTheMasks() {
    var text = new EvaluationText(TEXT, 22, 11);
    var config = network(AttentionMode.BIDIRECTIONAL, -1);
    var one = new BoundEvaluator(BoundEvaluatorTest::score, config, 1);
    var many = new BoundEvaluator(BoundEvaluatorTest::score, config, 5);
    var found = one.evaluate(text, 8, 3, done -> {});
    assertThat(many.evaluate(text, 8, 3, done -> {}).nats()).isCloseTo(found.nats(), within(1e-9));
    assertThat(one.evaluate(text, 8, 4, done -> {}).nats()).isNotEqualTo(found.nats());
  }

  @Test
  void progressEndsWithEverySequence() {
    var text = new EvaluationText(TEXT, 22, 11);
    var evaluator =
        new BoundEvaluator(BoundEvaluatorTest::score, network(AttentionMode.BIDIRECTIONAL, -1), 5);
    List<Long> told = new ArrayList<>();
    evaluator.evaluate(text, 8, 3, told::add);
    assertThat(told).isSorted().last().isEqualTo(evaluator.sequences(text, 8)).isEqualTo(24L);
  }

  @Test
  void aCausalNetworkPredictsEveryTokenButTheFirstOnce() {
    List<Integer> predicted = new ArrayList<>();
    var evaluator =
        new BoundEvaluator(
            batch -> {
              Arrays.stream(batch.targets()).forEach(predicted::add);
              var losses = new float[batch.size()];
              Arrays.fill(losses, 2);
              return losses;
            },
            network(AttentionMode.CAUSAL, -1),
            2);
    var found = evaluator.evaluate(new EvaluationText(TEXT, 22, 11), 9, 0, done -> {});
    assertThat(predicted).containsExactly(4, 2, 0, 5, 3, 6, 2, 1, 1, 4);
    assertThat(found.exact()).isTrue();
    assertThat(found.natsPerToken()).isEqualTo(2);
  }

  @Test
  void aCausalNetworkThatHasABeginningPredictsTheFirstTokenToo() {
    var evaluator =
        new BoundEvaluator(BoundEvaluatorTest::score, network(AttentionMode.CAUSAL, 6), 2);
    var found = evaluator.evaluate(new EvaluationText(TEXT, 22, 11), 1, 0, done -> {});
    assertThat(found.tokens()).isEqualTo(11);
  }
}
