package io.redraft.model.decode;

import io.redraft.model.InvalidInputException;

/**
 * How a token is drawn from a position's distribution: top-k, then top-p (nucleus, Holtzman et al.
 * 2020), then Gumbel-max at the temperature.
 *
 * @param temperature 0 takes the most probable token; otherwise logits are divided by it
 * @param topK keep the k most probable tokens; 0 keeps all
 * @param topP keep the smallest set of tokens with at least this probability, in (0, 1]
 */
public record Sampling(double temperature, int topK, double topP) {
  /** The most probable token, always. */
  public static final Sampling GREEDY = new Sampling(0, 0, 1);

  public Sampling {
    if (!(temperature >= 0 && temperature <= 100)) {
      throw InvalidInputException.of("temperature", temperature, "0 to 100");
    }
    if (topK < 0) {
      throw InvalidInputException.of("top_k", topK, "0 (all) or more");
    }
    if (!(topP > 0 && topP <= 1)) {
      throw InvalidInputException.of("top_p", topP, "more than 0, at most 1");
    }
  }

  /** Whether the most probable token is always taken. */
  public boolean greedy() {
    return temperature == 0 || topK == 1;
  }
}
