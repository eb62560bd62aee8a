package io.redraft.model.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.InvalidInputException;
import io.redraft.model.noise.CounterHash;
import io.redraft.model.noise.NoiseSchedule;
import io.redraft.model.noise.StratifiedTimes;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ObjectiveTest {
  private static final int MASK = 7;

  /**
   * A stand-in for a network: the cross-entropy at a place, which depends on everything it reads.
   */
  private static double crossEntropy(int[] inputs, int from, int length, int place, int target) {
    var state = 17L + target;
    for (var i = 0; i < length; i++) {
      state = CounterHash.bits(state, inputs[from + i] + 31L * i, place);
    }
    return 0.5 + CounterHash.unit(state);
  }

  private static double loss(TokenBatch batch) {
    var sum = 0.0;
    for (var n = 0; n < batch.size(); n++) {
      var from = batch.rows()[n] / batch.length() * batch.length();
      sum +=
          batch.weights()[n]
              * crossEntropy(
                  batch.inputs(), from, batch.length(), batch.rows()[n] - from, batch.targets()[n]);
    }
    return sum;
  }

  @Test
  void theSampledBoundIsTheOneFoundByListingEveryMask() {
    int[] text = {1, 4, 2, 0, 5};
    var n = text.length;
    // With 1 − α = t and w = 1/t, a set of k masks out of n weighs ∫ t^(k−1) (1−t)^(n−k) dt, which
    // is the beta function B(k, n−k+1) = (k−1)! (n−k)! / n!.
    var exact = 0.0;
    for (var set = 1; set < 1 << n; set++) {
      var inputs = text.clone();
      for (var i = 0; i < n; i++) {
        inputs[i] = (set >> i & 1) == 1 ? MASK : text[i];
      }
      var k = Integer.bitCount(set);
      var weight = factorial(k - 1) * factorial(n - k) / factorial(n);
      for (var i = 0; i < n; i++) {
        if ((set >> i & 1) == 1) {
          exact += weight * crossEntropy(inputs, 0, n, i, text[i]) / n;
        }
      }
    }
    var sum = 0.0;
    var squares = 0.0;
    var steps = 20_000;
    var batch = 8;
    for (var step = 0; step < steps; step++) {
      var samples =
          java.util.stream.LongStream.range(0, batch)
              .mapToObj(b -> new Sample(b, CounterHash.bits(3, b, 0), text))
              .toList();
      var seeded = reseed(samples, step);
      var loss =
          loss(
              Objective.NELBO.ask(
                  seeded, StratifiedTimes.of(5, step, batch), NoiseSchedule.LINEAR, MASK));
      sum += loss;
      squares += loss * loss;
    }
    var mean = sum / steps;
    var error = Math.sqrt((squares / steps - mean * mean) / steps);
    // Times below 10⁻³ are left out: of an integrand near 1, that is less than 0.002.
    assertThat(mean).isCloseTo(exact, within(5 * error + 0.002));
    assertThat(error).isLessThan(0.01);
  }

  private static List<Sample> reseed(List<Sample> samples, long pass) {
    return samples.stream()
        .map(s -> new Sample(s.id(), CounterHash.bits(s.passSeed(), pass), s.tokens()))
        .toList();
  }

  private static double factorial(int n) {
    return n < 2 ? 1 : n * factorial(n - 1);
  }

  @Property(tries = 200)
  void rowsAreExactlyTheMaskedPlacesAndTargetsTheirTokens(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int batch) {
    var samples =
        java.util.stream.LongStream.range(0, batch)
            .mapToObj(b -> new Sample(b, seed, new int[] {1, 2, 3, 4, 5, 6, 0, 1}))
            .toList();
    var times = StratifiedTimes.of(seed, 0, batch);
    var asked = Objective.NELBO.ask(samples, times, NoiseSchedule.COSINE, MASK);
    var next = 0;
    for (var place = 0; place < batch * 8; place++) {
      var token = samples.get(0).tokens()[place % 8];
      if (asked.inputs()[place] == MASK) {
        assertThat(asked.rows()[next]).isEqualTo(place);
        assertThat(asked.targets()[next]).isEqualTo(token);
        var weight = NoiseSchedule.COSINE.weight(times[place / 8]) / (batch * 8);
        assertThat(asked.weights()[next]).isEqualTo((float) weight);
        next++;
      } else {
        assertThat(asked.inputs()[place]).isEqualTo(token);
      }
    }
    assertThat(asked.size()).isEqualTo(next);
  }

  @Test
  void masksOfASampleAreTheSameInAnyBatch() {
    var a = new Sample(11, 3, new int[] {1, 2, 3, 4, 5, 6});
    var b = new Sample(12, 3, new int[] {6, 5, 4, 3, 2, 1});
    var alone = Objective.NELBO.ask(List.of(b), new double[] {0.5}, NoiseSchedule.LINEAR, MASK);
    var second =
        Objective.NELBO.ask(List.of(a, b), new double[] {0.9, 0.5}, NoiseSchedule.LINEAR, MASK);
    assertThat(java.util.Arrays.copyOfRange(second.inputs(), 6, 12)).isEqualTo(alone.inputs());
  }

  @Test
  void theMaskedMeanWeighsEveryMaskAlike() {
    var sample = new Sample(0, 1, new int[64]);
    var asked =
        Objective.MASKED_MEAN.ask(
            List.of(sample, sample), new double[] {0.2, 0.9}, NoiseSchedule.LINEAR, MASK);
    assertThat(asked.size()).isPositive();
    for (var weight : asked.weights()) {
      assertThat(weight).isEqualTo(1f / asked.size());
    }
  }

  @Test
  void causalAsksForEveryNextToken() {
    var asked =
        Objective.CAUSAL.ask(
            List.of(new Sample(0, 0, new int[] {4, 5, 6}), new Sample(1, 0, new int[] {1, 2, 3})),
            new double[2],
            NoiseSchedule.LINEAR,
            -1);
    assertThat(asked.inputs()).containsExactly(4, 5, 6, 1, 2, 3);
    assertThat(asked.rows()).containsExactly(0, 1, 3, 4);
    assertThat(asked.targets()).containsExactly(5, 6, 2, 3);
    assertThat(asked.weights()).containsOnly(0.25f);
  }

  @Test
  void paddingAddsRowsThatWeighNothing() {
    var batch =
        new TokenBatch(1, 2, new int[] {1, 2}, new int[] {1}, new int[] {2}, new float[] {3});
    assertThat(batch.padRows(4).weights()).containsExactly(3, 0, 0, 0);
    assertThat(batch.padRows(1).rows()).containsExactly(1);
    var none = new TokenBatch(1, 2, new int[] {1, 2}, new int[0], new int[0], new float[0]);
    assertThat(none.padRows(4).size()).isEqualTo(4);
  }

  @Test
  void anUnknownObjectiveIsRefusedWithTheNamesThatExist() {
    assertThat(Objective.of("objective.kind", "masked-mean")).isEqualTo(Objective.MASKED_MEAN);
    assertThatThrownBy(() -> Objective.of("objective.kind", "elbo"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("objective.kind is elbo; allowed: nelbo, masked-mean, causal");
  }
}
