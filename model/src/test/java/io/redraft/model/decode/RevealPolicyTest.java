package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;
import org.junit.jupiter.api.Test;

class RevealPolicyTest {
  @Test
  void confidenceTakesTheMostConfidentAndAmongEqualsTheLeftmost() {
    var policy = new RevealPolicy.Confidence();
    assertThat(choose(policy, 2, 0.2f, 0.9f, 0.5f)).containsExactly(1, 2);
    assertThat(choose(policy, 2, 0.5f, 0.5f, 0.5f)).containsExactly(0, 1);
    assertThat(choose(policy, 9, 0.2f, 0.9f)).containsExactly(0, 1);
  }

  @Test
  void aConfidenceThatIsNoNumberComesLast() {
    assertThat(choose(new RevealPolicy.Confidence(), 1, Float.NaN, 0.1f)).containsExactly(1);
    assertThat(choose(new RevealPolicy.Threshold(0.5), 1, Float.NaN, 0.1f)).containsExactly(1);
  }

  @Test
  void thresholdTakesAllThatReachItAndAlwaysTheBest() {
    var policy = new RevealPolicy.Threshold(0.9);
    assertThat(choose(policy, 1, 0.95f, 0.5f, 0.9f, 0.89f)).containsExactly(0, 2);
    assertThat(choose(policy, 3, 0.2f, 0.3f, 0.1f)).containsExactly(1);
  }

  @Test
  void factorTakesMoreOnlyWhereAllAreNearlyCertain() {
    // With f = 1 the bounds are 1/2, 2/3, 3/4, 4/5.
    var policy = new RevealPolicy.Factor(1);
    assertThat(choose(policy, 1, 0.7f, 0.9f, 0.74f, 0.85f)).containsExactly(1, 3);
    assertThat(choose(policy, 1, 0.7f, 0.9f, 0.76f, 0.85f)).containsExactly(1, 2, 3);
    assertThat(choose(policy, 4, 0.1f, 0.2f)).containsExactly(1);
    // A larger factor takes more: bounds 0, 1/3, 1/2, 3/5.
    assertThat(choose(new RevealPolicy.Factor(2), 1, 0.7f, 0.9f, 0.74f, 0.85f))
        .containsExactly(0, 1, 2, 3);
  }

  @Test
  void entropyTakesWhileAllButTheLargestSumUpToGammaAtMost() {
    var policy = new RevealPolicy.Entropy(0.3);
    assertThat(entropic(policy, 0.2f, 5f, 0.05f, 0.1f)).containsExactly(0, 2, 3);
    assertThat(entropic(policy, 0.01f, 5f, 0.05f, 0.1f)).containsExactly(0, 1, 2, 3);
    assertThat(entropic(policy, 2f, 3f, 1f)).containsExactly(2);
    assertThat(entropic(new RevealPolicy.Entropy(0), 0f, 1f, 0f)).containsExactly(0, 1, 2);
    assertThat(entropic(policy, Float.NaN, 4f)).containsExactly(1);
  }

  @Test
  void linearGoesFromLeftToRightWhateverTheConfidence() {
    assertThat(choose(new RevealPolicy.Linear(), 2, 0.1f, 0.2f, 0.9f)).containsExactly(0, 1);
  }

  @Test
  void randomTakesEveryPositionEquallyOften() {
    int[] taken = new int[8];
    for (int seed = 0; seed < 4000; seed++) {
      for (int i : new RevealPolicy.Random().choose(candidates(new float[8]), pace(2), seed, 3)) {
        taken[i]++;
      }
    }
    // 1000 expected; five standard deviations of a binomial with p = 1/4 are 137.
    assertThat(Arrays.stream(taken).allMatch(n -> Math.abs(n - 1000) < 137)).isTrue();
  }

  @Test
  void randomChoosesAnewEveryStepAndAlikeForEqualSeeds() {
    var policy = new RevealPolicy.Random();
    var candidates = candidates(new float[64]);
    assertThat(policy.choose(candidates, pace(8), 5, 1))
        .isEqualTo(policy.choose(candidates, pace(8), 5, 1));
    assertThat(policy.choose(candidates, pace(8), 5, 1))
        .isNotEqualTo(policy.choose(candidates, pace(8), 5, 2));
    assertThat(policy.choose(candidates, pace(8), 5, 1))
        .isNotEqualTo(policy.choose(candidates, pace(8), 6, 1));
  }

  @Property
  @Domain(DecodeScenarios.class)
  @Domain(DomainContext.Global.class)
  void choosesAtLeastOneInOrderAndAsManyAsTheQuotaIfPacedByIt(
      @ForAll RevealPolicy policy,
      @ForAll @IntRange(min = 1, max = 40) int size,
      @ForAll @IntRange(min = 1, max = 50) int quota,
      @ForAll Random random) {
    var candidates = candidates(new float[size]);
    for (int i = 0; i < size; i++) {
      candidates.confidences()[i] = random.nextFloat();
      candidates.entropies()[i] = random.nextFloat();
    }
    int[] chosen = policy.choose(candidates, pace(quota), 1, 0);
    assertThat(chosen).isSorted().doesNotHaveDuplicates();
    if (!(policy instanceof RevealPolicy.Ancestral)) {
      assertThat(chosen).isNotEmpty();
    }
    assertThat(Arrays.stream(chosen).allMatch(i -> i >= 0 && i < size)).isTrue();
    if (policy instanceof RevealPolicy.Confidence
        || policy instanceof RevealPolicy.Linear
        || policy instanceof RevealPolicy.Random) {
      assertThat(chosen).hasSize(Math.min(size, quota));
    }
  }

  @Test
  void refusesParametersOutOfRangeByName() {
    refused(
        () -> new RevealPolicy.Threshold(0), "threshold is 0.0; allowed: more than 0, at most 1");
    refused(() -> new RevealPolicy.Threshold(1.5), "threshold is 1.5");
    refused(() -> new RevealPolicy.Threshold(Double.NaN), "threshold is NaN");
    refused(() -> new RevealPolicy.Factor(0), "factor is 0.0");
    refused(() -> new RevealPolicy.Entropy(-0.1), "gamma is -0.1; allowed: 0 or more");
  }

  private static void refused(Runnable making, String message) {
    assertThatThrownBy(making::run)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(message);
  }

  private static int[] choose(RevealPolicy policy, int quota, float... confidences) {
    return policy.choose(candidates(confidences), pace(quota), 1, 0);
  }

  private static int[] entropic(RevealPolicy policy, float... entropies) {
    var c = candidates(new float[entropies.length]);
    return policy.choose(
        new Candidates(c.positions(), c.tokens(), c.confidences(), entropies), pace(1), 1, 0);
  }

  /** The first of 4 steps over 64 masks, with a quota. */
  private static Pace pace(int quota) {
    return new Pace(StepGrid.UNIFORM, 64, 4, 0, quota);
  }

  private static Candidates candidates(float[] confidences) {
    int n = confidences.length;
    return new Candidates(
        IntStream.range(10, 10 + n).toArray(), new int[n], confidences, new float[n]);
  }
}
