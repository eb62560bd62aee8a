package io.redraft.model.nn;

import io.redraft.model.InvalidInputException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How a denoiser is told how noisy its input is. It is told the mask ratio r = 1 − α(t), in [0, 1],
 * of each sequence, and not the time t: r can be read off a canvas, and does not depend on the
 * schedule that a model was trained with. Whatever the kind, a network begins as the unconditioned
 * one, because the matrices that write into it are zero at first.
 *
 * @param kind what becomes of r
 * @param buckets rows N of the table; 0 for the other kinds
 */
public record TimeConditioning(Kind kind, int buckets) {
  /** Ways to tell; kernels know them by their ordinals. */
  public enum Kind {
    /** Nothing is told. */
    NONE,
    /**
     * Cosines and sines of 1000 r · 10000^(−i/128), i below 128 (Ho et al. 2020, after Vaswani et
     * al. 2017), taken to the model's width by a linear layer, divided by 128 and added to every
     * embedding. Divided, because a step of Adam turns all weights of a row the way that its
     * features point: so it moves what is added about as much as it moves an embedding, and does
     * not drown the tokens.
     */
    SINUSOIDAL,
    /**
     * A learned row added to every embedding: row k belongs to r = k / (N − 1), and between two
     * rows it is interpolated linearly.
     */
    TABLE,
    /**
     * Adaptive norms (Peebles and Xie 2023, DiT): a small network of the sinusoidal features gives
     * every block shift, scale and gate of the attention and of the feed-forward layer, and the
     * final norm a shift and a scale. A layer f behind a norm of gain g computes h + (1 + gate) ·
     * f(g · ((1 + scale) · h/rms(h) + shift)); DiT's gate has no 1, and begins as the identity.
     */
    ADALN
  }

  /** Nothing is told. */
  public static final TimeConditioning NONE = new TimeConditioning(Kind.NONE, 0);

  /** Sinusoidal features of a ratio. */
  public static final int FEATURES = 256;

  /** Width of the small network of {@link Kind#ADALN}, as MDLM has it (Sahoo et al. 2024). */
  public static final int SIGNAL_WIDTH = 128;

  public TimeConditioning {
    if (kind == Kind.TABLE && buckets < 2) {
      throw InvalidInputException.of("time_buckets", buckets, "2 or more");
    }
    if (kind != Kind.TABLE && buckets != 0) {
      throw InvalidInputException.of("time_buckets", buckets, "none, without a table");
    }
  }

  /** Whether nothing is told. */
  public boolean none() {
    return kind == Kind.NONE;
  }

  /**
   * The weights that it adds to a network, by their names in a model's files, each (out, in). The
   * modulations of all blocks and of the final norm come one after the other, so that they are one
   * matrix.
   */
  public Map<String, long[]> weights(int width, int layers) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    switch (kind) {
      case NONE -> {}
      case SINUSOIDAL -> shapes.put("model.time_embed.proj.weight", new long[] {width, FEATURES});
      case TABLE -> shapes.put("model.time_embed.table.weight", new long[] {buckets, width});
      case ADALN -> {
        shapes.put("model.time_embed.fc1.weight", new long[] {SIGNAL_WIDTH, FEATURES});
        shapes.put("model.time_embed.fc2.weight", new long[] {SIGNAL_WIDTH, SIGNAL_WIDTH});
        for (int layer = 0; layer < layers; layer++) {
          shapes.put(
              "model.layers." + layer + ".adaln.weight", new long[] {6L * width, SIGNAL_WIDTH});
        }
        shapes.put("model.adaln.weight", new long[] {2L * width, SIGNAL_WIDTH});
      }
    }
    return shapes;
  }

  /** Number of weights that it adds. */
  public long parameters(int width, int layers) {
    return weights(width, layers).values().stream().mapToLong(s -> s[0] * s[1]).sum();
  }
}
