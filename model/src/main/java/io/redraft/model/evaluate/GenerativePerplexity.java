package io.redraft.model.evaluate;

import io.redraft.model.objective.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How probable a causal model, the judge, finds texts. The judge reads them in its own tokens, so
 * that texts of models with different tokenizers can be compared. A text that repeats itself is
 * very probable: the number says little without the entropy beside it (Zheng et al. 2024,
 * arXiv:2409.02908).
 *
 * @param texts texts that had a token to judge
 * @param tokens tokens that the judge predicted
 * @param characters code points of the texts
 * @param nats −Σ ln p over those tokens
 * @param tokenEntropy entropy of a text's own distribution of the judge's tokens in nats, mean over
 *     texts
 */
public record GenerativePerplexity(
    int texts, long tokens, long characters, double nats, double tokenEntropy) {
  private static final int BATCH = 16;

  /**
   * Has texts judged. Each is read by itself, behind the judge's start token; without one, its
   * first token is not predicted. A text longer than the judge's context is read in pieces, of
   * which each begins with the last token of the one before.
   */
  public static GenerativePerplexity of(List<String> texts, ModelUnderTest judge) {
    if (!judge.causal()) {
      throw new IllegalArgumentException(judge.name() + " is not causal");
    }
    List<int[]> windows = new ArrayList<>();
    List<List<Integer>> read = new ArrayList<>();
    long characters = 0;
    for (String text : texts) {
      int[] tokens = judge.tokenizer().encode(text);
      if (tokens.length > 0) {
        characters += text.codePointCount(0, text.length());
        read.add(Arrays.stream(tokens).boxed().toList());
        windows.addAll(windows(tokens, judge.startToken(), judge.network().contextLength()));
      }
    }
    double nats = 0;
    long predicted = 0;
    for (int from = 0; from < windows.size(); from += BATCH) {
      List<int[]> some = windows.subList(from, Math.min(windows.size(), from + BATCH));
      for (float loss : judge.scorer().crossEntropy(ask(some))) {
        nats += loss;
        predicted++;
      }
    }
    return new GenerativePerplexity(read.size(), predicted, characters, nats, NGrams.entropy(read));
  }

  /** What the judge reads of a text at once, and one token more that it predicts. */
  private static List<int[]> windows(int[] tokens, int start, int context) {
    int[] all = tokens;
    if (start >= 0) {
      all = new int[tokens.length + 1];
      all[0] = start;
      System.arraycopy(tokens, 0, all, 1, tokens.length);
    }
    List<int[]> windows = new ArrayList<>();
    for (int from = 0; from + 1 < all.length; from += context) {
      windows.add(Arrays.copyOfRange(all, from, Math.min(all.length, from + context + 1)));
    }
    return windows;
  }

  /** Asks for every token of a window after its first; shorter windows are filled at their end. */
  private static TokenBatch ask(List<int[]> windows) {
    int length = windows.stream().mapToInt(window -> window.length - 1).max().orElseThrow();
    int asked = windows.stream().mapToInt(window -> window.length - 1).sum();
    int[] inputs = new int[windows.size() * length];
    int[] rows = new int[asked];
    int[] targets = new int[asked];
    float[] weights = new float[asked];
    Arrays.fill(weights, 1);
    int n = 0;
    for (int b = 0; b < windows.size(); b++) {
      int[] window = windows.get(b);
      System.arraycopy(window, 0, inputs, b * length, window.length - 1);
      for (int i = 0; i + 1 < window.length; i++) {
        rows[n] = b * length + i;
        targets[n++] = window[i + 1];
      }
    }
    return new TokenBatch(windows.size(), length, inputs, rows, targets, weights);
  }

  /** Nats per token of the judge. */
  public double natsPerToken() {
    return nats / tokens;
  }

  /** Nats per code point. */
  public double natsPerCharacter() {
    return nats / characters;
  }

  /** e to the nats per token of the judge. */
  public double perplexity() {
    return Math.exp(natsPerToken());
  }

  /** As measures; the entropy is never left out. */
  public List<Measure> measures() {
    return List.of(
        Measure.count("generative_tokens", "tokens of the judge", tokens),
        new Measure(
            "generative_perplexity",
            "generative perplexity",
            perplexity(),
            Measure.Unit.PERPLEXITY),
        Measure.information(
            "generative_nats_per_token", "nats per token of the judge", natsPerToken()),
        Measure.information(
            "generative_nats_per_character", "nats per character", natsPerCharacter()),
        Measure.information(
            "generative_entropy", "entropy in tokens of the judge, nats", tokenEntropy));
  }
}
