package io.redraft.model.nn.transformer;

import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.ReferenceTime;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The Transformer's forward pass in float64 and plain loops, straight from its formulas: RMSNorm
 * (Zhang and Sennrich 2019), rotary positions (Su et al. 2021, in the half-rotation order of
 * Hugging Face's Llama), grouped heads (Ainslie et al. 2023), SwiGLU (Shazeer 2020). It shares no
 * code with the kernels that are tested against it.
 */
final class ReferenceTransformer {
  private final NetworkConfig config;
  private final RandomNetwork weights;
  private final ReferenceTime time;

  ReferenceTransformer(RandomNetwork network) {
    this.config = network.config();
    this.weights = network;
    this.time = new ReferenceTime(config, name -> widened(network.weight(name)));
  }

  /** Logits at every position: one line of the vocabulary's size a token; nothing is barred. */
  double[][] logits(int[] tokens) {
    return logits(tokens, IntStream.range(0, tokens.length).toArray(), empty(tokens.length));
  }

  /** Keys [0] and values [1] of every layer at every position: (L, 2, T, K · E). */
  double[][][][] keysAndValues(int[] tokens) {
    double[][][][] seen = empty(tokens.length);
    logits(tokens, IntStream.range(0, tokens.length).toArray(), seen);
    return seen;
  }

  /**
   * Logits at some positions, the only ones that are computed; the keys and values of all others
   * are those in {@code seen}, which is written at the positions.
   */
  double[][] logits(int[] tokens, int[] positions, double[][][][] seen) {
    int length = positions.length;
    int mask = config.maskToken();
    double ratio =
        Arrays.stream(tokens).filter(token -> token == mask).count() / (double) tokens.length;
    double[] added = time.added(ratio);
    double[][] h = new double[length][];
    for (int t = 0; t < length; t++) {
      h[t] = row("model.embed_tokens.weight", tokens[positions[t]]);
      for (int i = 0; i < added.length; i++) {
        h[t][i] += added[i];
      }
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      h = block(h, layer, ratio, positions, seen);
    }
    return head(h, ratio);
  }

  private double[][] block(
      double[][] h, int layer, double ratio, int[] positions, double[][][][] seen) {
    String block = "model.layers." + layer + ".";
    double[][] m = time.block(ratio, layer);
    double[][] x = norm(h, block + "input_layernorm.weight", m[0], m[1]);
    h = plus(h, attention(block + "self_attn.", x, positions, seen[layer]), m[2]);
    x = norm(h, block + "post_attention_layernorm.weight", m[3], m[4]);
    return plus(h, feedForward(block + "mlp.", x), m[5]);
  }

  /** Logits of a stream. */
  double[][] head(double[][] h, double ratio) {
    double[][] m = time.last(ratio);
    String head = config.tiedHead() ? "model.embed_tokens.weight" : "lm_head.weight";
    return times(norm(h, "model.norm.weight", m[0], m[1]), head, config.vocabularySize());
  }

  /** A token's embedding, of a canvas of which a mask ratio is told. */
  double[] embedding(int token, double ratio) {
    double[] h = row("model.embed_tokens.weight", token);
    double[] added = time.added(ratio);
    for (int i = 0; i < h.length; i++) {
      h[i] += added[i];
    }
    return h;
  }

  /** A stream over all positions after one block more. */
  double[][] block(double[][] h, int layer, double ratio) {
    int[] positions = IntStream.range(0, h.length).toArray();
    return block(h, layer, ratio, positions, empty(h.length));
  }

  private double[][][][] empty(int length) {
    return new double[config.layers()][2][length][];
  }

  private double[][] attention(String name, double[][] x, int[] positions, double[][][] seen) {
    int width = config.headWidth();
    double[][] q = times(x, name + "q_proj.weight", config.heads() * width);
    double[][] k = times(x, name + "k_proj.weight", config.keyValueHeads() * width);
    double[][] v = times(x, name + "v_proj.weight", config.keyValueHeads() * width);
    rotate(q, positions);
    rotate(k, positions);
    for (int t = 0; t < x.length; t++) {
      seen[0][positions[t]] = k[t];
      seen[1][positions[t]] = v[t];
    }
    double[][] mixed = new double[x.length][config.heads() * width];
    int group = config.heads() / config.keyValueHeads();
    for (int head = 0; head < config.heads(); head++) {
      int from = head * width;
      int shared = head / group * width;
      for (int t = 0; t < x.length; t++) {
        int visible = visible(positions[t], seen[0].length);
        double[] score = new double[visible];
        double total = 0;
        for (int s = 0; s < visible; s++) {
          double dot = 0;
          for (int i = 0; i < width; i++) {
            dot += q[t][from + i] * seen[0][s][shared + i];
          }
          score[s] = Math.exp(dot / Math.sqrt(width));
          total += score[s];
        }
        for (int s = 0; s < visible; s++) {
          for (int i = 0; i < width; i++) {
            mixed[t][from + i] += score[s] / total * seen[1][s][shared + i];
          }
        }
      }
    }
    return times(mixed, name + "o_proj.weight", config.width());
  }

  /** How many of the first positions one of them sees. */
  private int visible(int position, int length) {
    return switch (config.attention()) {
      case BIDIRECTIONAL -> length;
      case CAUSAL -> position + 1;
      case BLOCK_CAUSAL -> {
        int size = config.attentionBlocks().get(config.attentionBlocks().size() - 1);
        yield Math.min(length, (position / size + 1) * size);
      }
    };
  }

  private void rotate(double[][] x, int[] positions) {
    int width = config.headWidth();
    for (int t = 0; t < x.length; t++) {
      for (int from = 0; from < x[t].length; from += width) {
        for (int i = 0; i < width / 2; i++) {
          double angle = positions[t] * Math.pow(config.ropeTheta(), -2.0 * i / width);
          double a = x[t][from + i];
          double b = x[t][from + i + width / 2];
          x[t][from + i] = a * Math.cos(angle) - b * Math.sin(angle);
          x[t][from + i + width / 2] = b * Math.cos(angle) + a * Math.sin(angle);
        }
      }
    }
  }

  private double[][] feedForward(String name, double[][] x) {
    double[][] gate = times(x, name + "gate_proj.weight", config.feedForwardWidth());
    double[][] up = times(x, name + "up_proj.weight", config.feedForwardWidth());
    for (int t = 0; t < x.length; t++) {
      for (int i = 0; i < gate[t].length; i++) {
        gate[t][i] *= up[t][i] / (1 + Math.exp(-gate[t][i]));
      }
    }
    return times(gate, name + "down_proj.weight", config.width());
  }

  private double[][] norm(double[][] x, String name, double[] shift, double[] stretch) {
    float[] gain = weights.weight(name);
    double[][] y = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      double square = 0;
      for (double value : x[t]) {
        square += value * value;
      }
      double scale = 1 / Math.sqrt(square / x[t].length + config.normEpsilon());
      y[t] = new double[x[t].length];
      for (int i = 0; i < y[t].length; i++) {
        y[t][i] = gain[i] * (x[t][i] * scale * (1 + stretch[i]) + shift[i]);
      }
    }
    return y;
  }

  /** x·wᵀ, where w has {@code out} rows. */
  private double[][] times(double[][] x, String name, int out) {
    float[] w = weights.weight(name);
    double[][] y = new double[x.length][out];
    for (int t = 0; t < x.length; t++) {
      int in = x[t].length;
      for (int o = 0; o < out; o++) {
        double sum = 0;
        for (int i = 0; i < in; i++) {
          sum += x[t][i] * w[o * in + i];
        }
        y[t][o] = sum;
      }
    }
    return y;
  }

  private double[] row(String name, int row) {
    float[] w = weights.weight(name);
    double[] values = new double[config.width()];
    for (int i = 0; i < values.length; i++) {
      values[i] = w[row * values.length + i];
    }
    return values;
  }

  private static double[] widened(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  /** a + (1 + gate) · b, in the place of b. */
  private static double[][] plus(double[][] a, double[][] b, double[] gate) {
    for (int t = 0; t < a.length; t++) {
      for (int i = 0; i < a[t].length; i++) {
        b[t][i] = a[t][i] + (1 + gate[i]) * b[t][i];
      }
    }
    return b;
  }
}
