package io.redraft.model.train;

import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.ReferenceTime;
import io.redraft.model.objective.TokenBatch;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** The Transformer in plain float64 loops, written from its definition; tests compare with it. */
public final class ReferenceNetwork {
  private final NetworkConfig c;
  private final Map<String, double[]> weights = new HashMap<>();
  private final ReferenceTime time;
  private float[] noise = new float[0];
  private double noiseSize;

  ReferenceNetwork(ParameterLayout layout, double[] flat) {
    this.c = layout.network();
    for (var p : layout.parameters()) {
      weights.put(p.name(), java.util.Arrays.copyOfRange(flat, p.offset(), p.offset() + p.size()));
    }
    time = new ReferenceTime(c, weights::get);
  }

  /** A network whose weights are known by their standard names. */
  public ReferenceNetwork(NetworkConfig network, Map<String, double[]> named) {
    this.c = network;
    weights.putAll(named);
    time = new ReferenceTime(c, weights::get);
  }

  /** The same with noise (B, T, D) times {@code size} where a batch asks for noise. */
  ReferenceNetwork noised(float[] noise, double size) {
    this.noise = noise;
    this.noiseSize = size;
    return this;
  }

  /** The same values in float64. */
  public static double[] widen(float[] values) {
    var wide = new double[values.length];
    for (var i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  /** Cross-entropy in nats at every row, the mask never being an answer. */
  public double[] crossEntropy(TokenBatch batch) {
    var out = new double[batch.size()];
    for (var b = 0; b < batch.batch(); b++) {
      var normed = normed(batch, b);
      var head = weights.get(c.tiedHead() ? "model.embed_tokens.weight" : "lm_head.weight");
      for (var n = 0; n < batch.size(); n++) {
        if (batch.rows()[n] / batch.length() == b) {
          var z = times(head, normed[batch.rows()[n] % batch.length()]);
          var sum = 0.0;
          for (var v = 0; v < z.length; v++) {
            sum += v == c.maskToken() ? 0 : Math.exp(z[v]);
          }
          out[n] = Math.log(sum) - z[batch.targets()[n]];
        }
      }
    }
    return out;
  }

  /**
   * Σ weight · entropy of softmax(z / temperature) in nats, over the rows whose target is the most
   * probable token.
   */
  double unsure(TokenBatch batch, double temperature) {
    var head = weights.get(c.tiedHead() ? "model.embed_tokens.weight" : "lm_head.weight");
    var sum = 0.0;
    for (var n = 0; n < batch.size(); n++) {
      var row = batch.rows()[n];
      var z = times(head, normed(batch, row / batch.length())[row % batch.length()]);
      if (c.maskToken() >= 0) {
        z[c.maskToken()] = Double.NEGATIVE_INFINITY;
      }
      if (z[batch.targets()[n]] == Arrays.stream(z).max().orElseThrow()) {
        sum += batch.weights()[n] * entropy(z, temperature);
      }
    }
    return sum;
  }

  private static double entropy(double[] z, double temperature) {
    var total = Arrays.stream(z).map(x -> Math.exp(x / temperature)).sum();
    return Arrays.stream(z)
        .map(x -> Math.exp(x / temperature) / total)
        .map(p -> p == 0 ? 0 : -p * Math.log(p))
        .sum();
  }

  /** Σ weight · cross-entropy over all rows, and what errors of predicted noise add. */
  public double loss(TokenBatch batch) {
    var ce = crossEntropy(batch);
    var sum = 0.0;
    for (var n = 0; n < ce.length; n++) {
      sum += batch.weights()[n] * ce[n];
    }
    for (var n = 0; n < batch.noise().weights().length; n++) {
      sum += batch.noise().weights()[n] * noiseError(batch, batch.rows()[n]);
    }
    return sum;
  }

  private double noiseError(TokenBatch batch, int row) {
    var normed = normed(batch, row / batch.length())[row % batch.length()];
    var predicted = times(weights.get("noise_head.weight"), normed);
    var sum = 0.0;
    for (var i = 0; i < c.width(); i++) {
      sum += Math.pow(predicted[i] - noise[row * c.width() + i], 2) / c.width();
    }
    return sum;
  }

  /** What stands behind the final norm at every position of a sequence. */
  private double[][] normed(TokenBatch batch, int b) {
    var h = stream(batch, b, c.layers());
    var ratio = c.time().none() ? 0 : batch.toldRatios(c.maskToken())[b];
    var last = time.last(ratio);
    for (var t = 0; t < h.length; t++) {
      h[t] = norm(h[t], weights.get("model.norm.weight"), last[0], last[1]);
    }
    return h;
  }

  /** The stream (T, D) behind the first blocks, of one sequence. */
  public double[][] stream(TokenBatch batch, int b, int blocks) {
    var embedding = weights.get("model.embed_tokens.weight");
    var ratio = c.time().none() ? 0 : batch.toldRatios(c.maskToken())[b];
    var added = time.added(ratio);
    var h = new double[batch.length()][c.width()];
    for (var t = 0; t < h.length; t++) {
      var place = b * batch.length() + t;
      for (var i = 0; i < c.width(); i++) {
        h[t][i] = embedding[batch.inputs()[place] * c.width() + i];
        if (!batch.noise().none()) {
          h[t][i] *= batch.noise().signal()[place];
          h[t][i] += batch.noise().amount()[place] * noiseSize * noise[place * c.width() + i];
        }
        h[t][i] += added[i];
      }
    }
    for (var l = 0; l < blocks; l++) {
      block(h, "model.layers." + l + ".", time.block(ratio, l), batch);
    }
    return h;
  }

  /** Whether a place may look at another one. */
  private boolean sees(TokenBatch batch, int from, int to) {
    if (batch.blockSize() == 0) {
      return c.attention() != AttentionMode.CAUSAL || to <= from;
    }
    var tokens = batch.length() / 2;
    var own = from % tokens / batch.blockSize();
    var other = to % tokens / batch.blockSize();
    var noisy = from < tokens;
    if (noisy && to < tokens) {
      return own == other;
    }
    return to >= tokens && (noisy ? other < own : other <= own);
  }

  private void block(double[][] h, String layer, double[][] m, TokenBatch batch) {
    var length = h.length;
    var q = new double[length][];
    var k = new double[length][];
    var v = new double[length][];
    for (var t = 0; t < length; t++) {
      var x = norm(h[t], weights.get(layer + "input_layernorm.weight"), m[0], m[1]);
      q[t] = rotate(times(weights.get(layer + "self_attn.q_proj.weight"), x), t % batch.tokens());
      k[t] = rotate(times(weights.get(layer + "self_attn.k_proj.weight"), x), t % batch.tokens());
      v[t] = times(weights.get(layer + "self_attn.v_proj.weight"), x);
    }
    var e = c.headWidth();
    for (var t = 0; t < length; t++) {
      var mixed = new double[c.heads() * e];
      for (var head = 0; head < c.heads(); head++) {
        var shared = head / (c.heads() / c.keyValueHeads());
        var scores = new double[length];
        var total = 0.0;
        for (var s = 0; s < length; s++) {
          for (var i = 0; i < e; i++) {
            scores[s] += q[t][head * e + i] * k[s][shared * e + i] / Math.sqrt(e);
          }
          scores[s] = sees(batch, t, s) ? Math.exp(scores[s]) : 0;
          total += scores[s];
        }
        for (var s = 0; s < length; s++) {
          for (var i = 0; i < e; i++) {
            mixed[head * e + i] += scores[s] / total * v[s][shared * e + i];
          }
        }
      }
      add(h[t], times(weights.get(layer + "self_attn.o_proj.weight"), mixed), m[2]);
    }
    for (var t = 0; t < length; t++) {
      var x = norm(h[t], weights.get(layer + "post_attention_layernorm.weight"), m[3], m[4]);
      var gate = times(weights.get(layer + "mlp.gate_proj.weight"), x);
      var up = times(weights.get(layer + "mlp.up_proj.weight"), x);
      for (var i = 0; i < gate.length; i++) {
        up[i] *= gate[i] / (1 + Math.exp(-gate[i]));
      }
      add(h[t], times(weights.get(layer + "mlp.down_proj.weight"), up), m[5]);
    }
  }

  private double[] rotate(double[] x, int position) {
    var e = c.headWidth();
    var out = x.clone();
    for (var from = 0; from < x.length; from += e) {
      for (var i = 0; i < e / 2; i++) {
        var angle = position * Math.pow(c.ropeTheta(), -2.0 * i / e);
        out[from + i] = x[from + i] * Math.cos(angle) - x[from + i + e / 2] * Math.sin(angle);
        out[from + i + e / 2] =
            x[from + i + e / 2] * Math.cos(angle) + x[from + i] * Math.sin(angle);
      }
    }
    return out;
  }

  private double[] norm(double[] x, double[] gain, double[] shift, double[] stretch) {
    var squares = 0.0;
    for (var value : x) {
      squares += value * value;
    }
    var scale = 1 / Math.sqrt(squares / x.length + c.normEpsilon());
    var out = new double[x.length];
    for (var i = 0; i < x.length; i++) {
      out[i] = gain[i] * (x[i] * scale * (1 + stretch[i]) + shift[i]);
    }
    return out;
  }

  private static double[] times(double[] matrix, double[] x) {
    var out = new double[matrix.length / x.length];
    for (var row = 0; row < out.length; row++) {
      for (var i = 0; i < x.length; i++) {
        out[row] += matrix[row * x.length + i] * x[i];
      }
    }
    return out;
  }

  private static void add(double[] to, double[] x, double[] gate) {
    for (var i = 0; i < x.length; i++) {
      to[i] += (1 + gate[i]) * x[i];
    }
  }
}
