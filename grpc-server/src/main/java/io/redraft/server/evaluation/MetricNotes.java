package io.redraft.server.evaluation;

import io.redraft.model.evaluate.Metric;

/** What metrics are called for people, and how they are read, in a sentence or two. */
final class MetricNotes {
  private MetricNotes() {}

  static String title(Metric metric) {
    return switch (metric) {
      case BOUND -> "Likelihood of the text";
      case SAMPLES -> "Texts written from nothing";
      case GENERATIVE_PERPLEXITY -> "Texts written from nothing, judged by a causal model";
      case INFILLING -> "Gaps filled";
      case CONTROLLABILITY -> "Pinned words";
      case SCRIPTS -> "Scripts";
    };
  }

  static String note(Metric metric) {
    return switch (metric) {
      case BOUND ->
          "Lower is better. A denoiser's numbers are an upper bound, a causal model's and the"
              + " baselines' are exact. Only bits per byte and per character can be compared between"
              + " models with different tokenizers. uniform guesses every token alike; unigram guesses"
              + " by how often tokens stand in the text's first half, and is scored on the second.";
      case SAMPLES ->
          "Not better the higher or lower, but the nearer to the column text: as many pieces of"
              + " the evaluated text. distinct-n falls with the number of words.";
      case GENERATIVE_PERPLEXITY ->
          "Lower is more probable to the judge, but a text that repeats itself is most probable of"
              + " all: a low perplexity counts only beside an entropy like the text's own.";
      case INFILLING ->
          "Tokens are hidden in the middle of pieces of the text and filled in greedily. A"
              + " causal model sees only what stands before. unigram fills in the most frequent token.";
      case CONTROLLABILITY ->
          "Words of the text are pinned at their places, and everything else is written around"
              + " them. All must be kept. The bound of the rest must be lower with the words seen than"
              + " with them hidden.";
      case SCRIPTS ->
          "Words of continuations that mix scripts inside, or have a script that their prompt has"
              + " not. The column text holds the text's own continuations.";
    };
  }
}
