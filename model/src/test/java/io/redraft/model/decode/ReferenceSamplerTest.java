package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ReferenceSamplerTest {
  /** log of 0.5, 0.3, 0.15, 0.05. */
  private static final double[] LOGITS = {
    Math.log(0.5), Math.log(0.3), Math.log(0.15), Math.log(0.05)
  };

  @Test
  void drawsFollowTheSoftmaxAtTheTemperature() {
    assertThat(frequencies(new Sampling(1, 0, 1))).satisfies(near(0.5, 0.3, 0.15, 0.05));
    // At temperature 2 the odds are square roots: 0.707, 0.548, 0.387, 0.224 of 1.866.
    assertThat(frequencies(new Sampling(2, 0, 1))).satisfies(near(0.379, 0.294, 0.2076, 0.1198));
  }

  @Test
  void topKKeepsTheMostProbable() {
    assertThat(frequencies(new Sampling(1, 2, 1))).satisfies(near(0.625, 0.375, 0, 0));
  }

  @Test
  void topPKeepsTheSmallestSetThatReachesIt() {
    assertThat(frequencies(new Sampling(1, 0, 0.7))).satisfies(near(0.625, 0.375, 0, 0));
    assertThat(frequencies(new Sampling(1, 0, 0.81)))
        .satisfies(near(0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95, 0));
    assertThat(frequencies(new Sampling(1, 0, 0.1))).satisfies(near(1, 0, 0, 0));
  }

  @Test
  void topPIsTakenOfWhatTopKLeft() {
    // Of the top two, the first holds 0.625, which reaches 0.6 on its own.
    assertThat(frequencies(new Sampling(1, 2, 0.6))).satisfies(near(1, 0, 0, 0));
  }

  @Test
  void confidenceAndEntropyAreThoseOfTheModelWhateverTheSampling() {
    var draw = ReferenceSampler.draw(LOGITS, new Sampling(0.5, 1, 0.5), 1, 2, 3);
    assertThat(draw.token()).isZero();
    assertThat(draw.confidence()).isCloseTo(0.5, within(1e-12));
    assertThat(draw.entropy()).isCloseTo(1.142, within(1e-3));
  }

  @Test
  void aBarredTokenIsImpossible() {
    double[] barred = ReferenceSampler.bar(LOGITS, 0, 2);
    for (int seed = 0; seed < 1000; seed++) {
      var draw = ReferenceSampler.draw(barred, new Sampling(5, 0, 1), seed, 0, 0);
      assertThat(draw.token()).isIn(1, 3);
    }
    assertThat(ReferenceSampler.draw(barred, Sampling.GREEDY, 0, 0, 0).confidence())
        .isCloseTo(0.3 / 0.35, within(1e-12));
  }

  private static double[] frequencies(Sampling sampling) {
    int draws = 20_000;
    double[] counts = new double[LOGITS.length];
    for (int position = 0; position < draws; position++) {
      counts[ReferenceSampler.draw(LOGITS, sampling, 42, 0, position).token()] += 1.0 / draws;
    }
    return counts;
  }

  /** Five standard deviations of a frequency over 20 000 draws are at most 0.018. */
  private static Consumer<double[]> near(double... expected) {
    return actual -> {
      for (int i = 0; i < expected.length; i++) {
        assertThat(actual[i]).isCloseTo(expected[i], within(expected[i] == 0 ? 0 : 0.018));
      }
    };
  }
}
