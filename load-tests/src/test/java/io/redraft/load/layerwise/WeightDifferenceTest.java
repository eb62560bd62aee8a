package io.redraft.load.layerwise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class WeightDifferenceTest {
  private static final float[] WEIGHTS = {1, 2, 3, 4};

  @Test
  void isTheNormOfTheDifferenceOverThatOfTheChange() {
    // (0, 3, 0, 4) has norm 5; the change is 10.
    var found = WeightDifference.of(new float[] {1, 5, 3, 8}, WEIGHTS, 10);
    assertThat(found.relative()).isCloseTo(0.5, within(1e-12));
    assertThat(found.weights()).isEqualTo(2);
    assertThat(WeightDifference.distance(new float[] {1, 5, 3, 8}, WEIGHTS))
        .isCloseTo(5, within(1e-12));
  }

  @Test
  void equalWeightsDifferByNothingAlsoWhereNothingChanged() {
    assertThat(WeightDifference.of(WEIGHTS.clone(), WEIGHTS, 0))
        .isEqualTo(new WeightDifference(0, 0));
  }

  @Test
  void aWeightThatIsNoNumberIsAsFarAwayAsCanBe() {
    assertThat(WeightDifference.of(new float[] {1, Float.NaN, 3, 4}, WEIGHTS, 10))
        .isEqualTo(new WeightDifference(Double.POSITIVE_INFINITY, 1));
  }
}
