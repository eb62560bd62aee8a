package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every {@link Denoiser} promises; a test of an implementation extends this. */
abstract class DenoiserContract {
  private static final Sampling SAMPLED = new Sampling(1, 0, 1);

  /** A temperature at which every token that is not barred comes up often. */
  private static final Sampling WILD = new Sampling(100, 0, 1);

  private static final int LENGTH = 24;

  /** The implementation; the test does not close it. */
  abstract Denoiser denoiser();

  /** Largest difference of a probability between two batches of other sizes. */
  float tolerance() {
    return 0;
  }

  @Test
  void proposesATokenForEveryRowAndNeverTheMask() {
    int[] rows = {1, 2, 7, 23};
    for (int step = 0; step < 20; step++) {
      var candidates = one(new DenoiseTask(masks(), rows, WILD, 5, step));
      assertThat(candidates.positions()).isEqualTo(rows);
      for (int i = 0; i < rows.length; i++) {
        assertThat(candidates.tokens()[i])
            .isBetween(0, denoiser().config().vocabularySize() - 1)
            .isNotEqualTo(mask());
        assertThat(candidates.confidences()[i]).isBetween(0f, 1f);
        double most = Math.log(denoiser().config().vocabularySize());
        assertThat((double) candidates.entropies()[i]).isBetween(-1e-3, most + 1e-3);
      }
    }
  }

  @Test
  void equalTasksGiveEqualCandidatesAndGreedyOnesWhateverTheSeed() {
    int[] rows = all();
    same(
        one(new DenoiseTask(masks(), rows, SAMPLED, 5, 3)),
        one(new DenoiseTask(masks(), rows, SAMPLED, 5, 3)));
    same(
        one(new DenoiseTask(masks(), rows, Sampling.GREEDY, 5, 3)),
        one(new DenoiseTask(masks(), rows, Sampling.GREEDY, 6, 4)));
  }

  @Test
  void drawsAnewForEverySeedAndStep() {
    int[] rows = all();
    int[] tokens = one(new DenoiseTask(masks(), rows, WILD, 5, 3)).tokens();
    assertThat(one(new DenoiseTask(masks(), rows, WILD, 6, 3)).tokens()).isNotEqualTo(tokens);
    assertThat(one(new DenoiseTask(masks(), rows, WILD, 5, 4)).tokens()).isNotEqualTo(tokens);
  }

  @Test
  void aTaskGetsTheSameWhateverElseIsInItsBatchAndWhicheverRowsItAsksFor() {
    int[] canvas = masks();
    canvas[0] = 3;
    var task = new DenoiseTask(canvas, new int[] {4, 9, 20}, SAMPLED, 5, 3);
    var alone = one(task);
    var others =
        List.of(
            new DenoiseTask(masks(), all(), WILD, 8, 0),
            new DenoiseTask(canvas, new int[] {9}, Sampling.GREEDY, 1, 7),
            task,
            new DenoiseTask(masks(), new int[] {0}, new Sampling(0.5, 3, 0.8), 2, 9));
    var batch = denoiser().denoise(others);
    assertThat(batch).hasSize(4);
    same(batch.get(2), alone);
    var more = one(new DenoiseTask(canvas, new int[] {2, 4, 8, 9, 11, 20}, SAMPLED, 5, 3));
    same(more.only(new int[] {1, 3, 5}), alone);
  }

  @Test
  void aBarredTokenIsNotDrawnBeforeItsPosition() {
    int barred = mask() == 0 ? 1 : 0;
    boolean after = false;
    for (int step = 0; step < 2000 && !after; step++) {
      var task = new DenoiseTask(masks(), all(), WILD, 5, step, barred, LENGTH / 2);
      int[] tokens = one(task).tokens();
      assertThat(Arrays.copyOf(tokens, LENGTH / 2)).doesNotContain(barred);
      after = Arrays.stream(tokens).skip(LENGTH / 2).anyMatch(t -> t == barred);
    }
    assertThat(after).as("drawn from there on").isTrue();
  }

  @Test
  void barringTheLikeliestTokenGivesItsShareToTheOthers() {
    var free = one(new DenoiseTask(masks(), new int[] {6}, Sampling.GREEDY, 5, 0));
    int best = free.tokens()[0];
    var task = new DenoiseTask(masks(), new int[] {6}, Sampling.GREEDY, 5, 0, best, LENGTH);
    var second = one(task);
    assertThat(second.tokens()[0]).isNotEqualTo(best);
    assertThat(second.confidences()[0])
        .isLessThanOrEqualTo(free.confidences()[0] / (1 - free.confidences()[0]) + 1e-4f);
  }

  @Test
  void aRowThatHoldsATokenIsScoredAndNotDrawn() {
    int[] canvas = masks();
    canvas[4] = 2;
    canvas[5] = 7;
    var candidates = one(new DenoiseTask(canvas, new int[] {3, 4, 5, 6}, WILD, 5, 0));
    assertThat(candidates.tokens()[1]).isEqualTo(2);
    assertThat(candidates.tokens()[2]).isEqualTo(7);
    assertThat(candidates.confidences()[1]).isStrictlyBetween(0f, 1f);
  }

  private Candidates one(DenoiseTask task) {
    return denoiser().denoise(List.of(task)).get(0);
  }

  private void same(Candidates actual, Candidates expected) {
    assertThat(actual.positions()).isEqualTo(expected.positions());
    assertThat(actual.tokens()).isEqualTo(expected.tokens());
    for (int i = 0; i < actual.size(); i++) {
      assertThat(actual.confidences()[i]).isCloseTo(expected.confidences()[i], within(tolerance()));
    }
  }

  private int mask() {
    return denoiser().config().maskToken();
  }

  private int[] masks() {
    int[] canvas = new int[LENGTH];
    Arrays.fill(canvas, mask());
    return canvas;
  }

  private static int[] all() {
    return IntStream.range(0, LENGTH).toArray();
  }
}
