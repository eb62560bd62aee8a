package io.redraft.model.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What an {@link Evaluation} found, as measures, and what guessing would have found. */
public final class BoundMeasures {
  private BoundMeasures() {}

  /** The measures of a model or of a baseline. */
  public static List<Measure> of(Evaluation found) {
    var measures =
        new ArrayList<>(
            List.of(
                Measure.count("tokens", "tokens", found.tokens()),
                Measure.count("bytes", "bytes", found.bytes()),
                Measure.count("characters", "characters", found.characters()),
                Measure.information("nats_per_token", "nats per token", found.natsPerToken()),
                Measure.information("bits_per_byte", "bits per byte", found.bitsPerByte()),
                Measure.information(
                    "bits_per_character", "bits per character", found.bitsPerCharacter()),
                new Measure(
                    "perplexity",
                    "perplexity per token",
                    found.perplexity(),
                    Measure.Unit.PERPLEXITY)));
    for (BlockBound bound : found.blockCausal()) {
      measures.add(
          Measure.information(
              bound.name() + "_nats_per_token",
              "block-causal " + bound.size() + ", nats per token",
              bound.natsPerToken()));
    }
    return measures;
  }

  /** The loss of guessing each of {@code vocabulary} tokens alike: ln V nats a token. */
  public static Evaluation uniform(EvaluationText text, int vocabulary) {
    long tokens = text.tokens().length;
    return new Evaluation(
        true, tokens, text.bytes(), text.characters(), tokens * Math.log(vocabulary), 1, List.of());
  }

  /**
   * The loss on a text's second half of guessing by how often a token stands in its first half,
   * each counted once more than it stands there (Laplace), so that none is impossible.
   *
   * @param spelling the bytes that a token stands for
   */
  public static Evaluation unigram(EvaluationText text, int vocabulary, Spelling spelling) {
    int[] tokens = text.tokens();
    int half = tokens.length / 2;
    long[] counts = new long[vocabulary];
    Arrays.fill(counts, 1);
    for (int i = 0; i < half; i++) {
      counts[tokens[i]]++;
    }
    double nats = 0;
    long bytes = 0;
    long characters = 0;
    for (int i = half; i < tokens.length; i++) {
      nats -= Math.log((double) counts[tokens[i]] / (half + vocabulary));
      for (byte b : spelling.of(tokens[i])) {
        bytes++;
        characters += (b & 0xC0) == 0x80 ? 0 : 1; // not a byte that continues a character
      }
    }
    return new Evaluation(true, tokens.length - half, bytes, characters, nats, 1, List.of());
  }

  /** Tells what tokens stand for. */
  @FunctionalInterface
  public interface Spelling {
    /** A token's bytes; none for special tokens. */
    byte[] of(int token);
  }
}
