package io.redraft.model.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.objective.TokenBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * A judge whose p(next | last) is a formula, so that every text's probability can be multiplied
 * out.
 */
class GenerativePerplexityTest {
  /** −ln p(next | last). */
  private static double surprise(int last, int next) {
    return 1 + (31 * last + next) % 17 / 10.0;
  }

  private static float[] score(TokenBatch batch) {
    float[] losses = new float[batch.size()];
    for (int n = 0; n < losses.length; n++) {
      losses[n] = (float) surprise(batch.inputs()[batch.rows()[n]], batch.targets()[n]);
    }
    return losses;
  }

  private static ModelUnderTest judge(int context, int begin) {
    return Models.causal(
        context,
        begin,
        batch -> {
          assertThat(batch.length()).isLessThanOrEqualTo(context);
          return score(batch);
        },
        (plans, progress) -> List.of());
  }

  private static double byHand(String text, int start) {
    double nats = 0;
    int last = start;
    for (int i = 0; i < text.length(); i++) {
      nats += surprise(last, text.charAt(i));
      last = text.charAt(i);
    }
    return nats;
  }

  @Test
  void theLossIsTheSumOverEveryTokenOfEveryText() {
    var texts = List.of("abcab", "z", "", "hello there, this is longer than the judge's context");
    for (int context : new int[] {4, 7, 64}) {
      var found = GenerativePerplexity.of(texts, judge(context, 9));
      double nats = texts.stream().mapToDouble(text -> byHand(text, 9)).sum();
      long tokens = texts.stream().mapToInt(String::length).sum();
      assertThat(found.texts()).isEqualTo(3);
      assertThat(found.tokens()).isEqualTo(tokens);
      // Losses come as float32.
      assertThat(found.nats()).isCloseTo(nats, within(1e-4));
      assertThat(found.perplexity()).isCloseTo(Math.exp(nats / tokens), within(1e-3));
      assertThat(found.natsPerCharacter()).isCloseTo(nats / tokens, within(1e-5));
    }
  }

  @Test
  void aJudgeWithoutABeginTokenReadsBehindAnEndOfText() {
    assertThat(GenerativePerplexity.of(List.of("abc"), judge(8, -1)).nats())
        .isCloseTo(byHand("abc", Models.END), within(1e-5));
  }

  @Test
  void manyTextsInManyBatchesChangeNothing() {
    List<String> texts = new ArrayList<>();
    IntStream.range(0, 100).forEach(i -> texts.add("text number " + i));
    assertThat(GenerativePerplexity.of(texts, judge(64, 9)).nats())
        .isCloseTo(texts.stream().mapToDouble(t -> byHand(t, 9)).sum(), within(1e-2));
  }

  @Test
  void theEntropyOfTheTextsIsAlwaysThere() {
    // aabb: ln 2; aaaa: 0.
    var found = GenerativePerplexity.of(List.of("aabb", "aaaa"), judge(8, 9));
    assertThat(found.tokenEntropy()).isCloseTo(Math.log(2) / 2, within(1e-12));
    assertThat(found.measures())
        .extracting(Measure::name)
        .contains("generative_perplexity", "generative_entropy");
  }

  @Test
  void charactersOfSeveralBytesCountOnce() {
    var found = GenerativePerplexity.of(List.of("né🙂"), judge(16, 9));
    assertThat(found.tokens()).isEqualTo(7);
    assertThat(found.characters()).isEqualTo(3);
  }

  @Test
  void aJudgeThatIsNotCausalIsRefused() {
    assertThatThrownBy(() -> GenerativePerplexity.of(List.of("a"), Models.denoiser()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
