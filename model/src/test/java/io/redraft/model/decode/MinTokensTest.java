package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MinTokensTest {
  private static final int END = FakeDenoiser.CONFIG.endToken();

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 5, 12})
  void atLeastThatManyTokensAreWrittenByADenoiserThatLikesToEnd(int least) {
    int shortest = Integer.MAX_VALUE;
    for (int seed = 0; seed < 100; seed++) {
      var options =
          DecodeOptions.DEFAULTS
              .withMinTokens(least)
              .withSampling(new Sampling(1, 0, 1))
              .withPolicy(new RevealPolicy.Random());
      var segments = List.of(new Segment.Fixed(new int[] {3}), new Segment.Masked(12));
      var state = run(DecodePlan.of(List.copyOf(segments), FakeDenoiser.CONFIG, options, seed));
      assertThat(state.generatedTokens()).isBetween(least, 12);
      shortest = Math.min(shortest, state.generatedTokens());
    }
    assertThat(shortest).as("an end comes as soon as it may").isEqualTo(least);
  }

  @Test
  void countsWritablePositionsWhereverTheyAre() {
    var options = DecodeOptions.DEFAULTS.withMinTokens(4);
    var plan =
        DecodePlan.of(
            List.of(
                new Segment.Masked(2), new Segment.Fixed(new int[] {5, 6}), new Segment.Masked(5)),
            FakeDenoiser.CONFIG,
            options,
            1);
    // Writable: 0, 1, 4, 5, 6, 7, 8; the first four end at 5.
    assertThat(plan.endsFrom()).isEqualTo(6);
    var task = DecodeState.start(plan).next();
    assertThat(task.barredAt(5)).isEqualTo(END);
    assertThat(task.barredAt(6)).isEqualTo(-1);
  }

  private static DecodeState run(DecodePlan plan) {
    try (var denoiser = new FakeDenoiser(FakeDenoiser.CONFIG, 5)) {
      return denoiser.write(plan);
    }
  }
}
