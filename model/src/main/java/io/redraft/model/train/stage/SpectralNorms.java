package io.redraft.model.train.stage;

import io.redraft.model.train.Initialization;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The matrices that a stage divides by their largest singular value σ (Miyato et al. 2018): all
 * that learn in blocks that learn. σ is u·W·v, where u and v are estimates of the singular vectors
 * that a power iteration improves once a step; they lie one after the other in an array beside the
 * weights. With one u and v, σ is linear in W, also for averaged weights.
 */
final class SpectralNorms {
  /** Numbers of a matrix: offset of its first weight, rows, columns, place of its u and v. */
  static final int NUMBERS = 4;

  private static final int FIRST_ITERATIONS = 15;

  private final List<StageLayout.Learned> weights = new ArrayList<>();
  private final int length;

  SpectralNorms(StageLayout layout) {
    var mechanics = layout.stage().mechanics();
    for (var weight : layout.learned()) {
      var block = StageLayout.blockOf(weight.name());
      if (mechanics.spectralNorm()
          && layout.stage().trained().contains(Math.max(0, block))
          && block >= 0
          && weight.name().endsWith("_proj.weight")) {
        weights.add(weight);
      }
    }
    this.length =
        weights.stream().mapToInt(w -> Math.toIntExact(w.shape().get(0) + w.shape().get(1))).sum();
  }

  /** {@value #NUMBERS} numbers a matrix, as kernels read them. */
  long[] matrices() {
    var numbers = new long[weights.size() * NUMBERS];
    var place = 0L;
    for (var i = 0; i < weights.size(); i++) {
      var weight = weights.get(i);
      numbers[NUMBERS * i] = weight.offset();
      numbers[NUMBERS * i + 1] = weight.shape().get(0);
      numbers[NUMBERS * i + 2] = weight.shape().get(1);
      numbers[NUMBERS * i + 3] = place;
      place += weight.shape().get(0) + weight.shape().get(1);
    }
    return numbers;
  }

  /** Length of the array of all u and v. */
  int length() {
    return length;
  }

  /** Random vectors after some iterations, as PyTorch begins. */
  float[] first(float[] flat, long seed) {
    var vectors = new float[length];
    var place = 0;
    for (var weight : weights) {
      var rows = Math.toIntExact(weight.shape().get(0));
      var columns = Math.toIntExact(weight.shape().get(1));
      var w =
          Arrays.copyOfRange(
              flat, (int) weight.offset(), Math.toIntExact(weight.offset() + weight.size()));
      var u = Initialization.normal(seed, weight.name() + ".u", rows, 1);
      var v = new float[columns];
      for (var i = 0; i < FIRST_ITERATIONS; i++) {
        v = normalized(transposedTimes(w, u, columns));
        u = normalized(times(w, v));
      }
      System.arraycopy(u, 0, vectors, place, rows);
      System.arraycopy(v, 0, vectors, place + rows, columns);
      place += rows + columns;
    }
    return vectors;
  }

  /** σ of a matrix of a flat array, or 1 for a weight that is not normalised. */
  double sigma(String name, float[] flat, float[] vectors) {
    var place = 0;
    for (var weight : weights) {
      var rows = Math.toIntExact(weight.shape().get(0));
      var columns = Math.toIntExact(weight.shape().get(1));
      if (weight.name().equals(name)) {
        var sum = 0.0;
        for (var row = 0; row < rows; row++) {
          var line = 0.0;
          var at = Math.toIntExact(weight.offset()) + row * columns;
          for (var i = 0; i < columns; i++) {
            line += (double) flat[at + i] * vectors[place + rows + i];
          }
          sum += line * vectors[place + row];
        }
        return sum;
      }
      place += rows + columns;
    }
    return 1;
  }

  private static double[] times(float[] w, float[] v) {
    var out = new double[w.length / v.length];
    for (var row = 0; row < out.length; row++) {
      for (var i = 0; i < v.length; i++) {
        out[row] += (double) w[row * v.length + i] * v[i];
      }
    }
    return out;
  }

  private static double[] transposedTimes(float[] w, float[] u, int columns) {
    var out = new double[columns];
    for (var row = 0; row < u.length; row++) {
      for (var i = 0; i < columns; i++) {
        out[i] += (double) w[row * columns + i] * u[row];
      }
    }
    return out;
  }

  private static float[] normalized(double[] x) {
    var norm = Math.max(1e-12, Math.sqrt(Arrays.stream(x).map(value -> value * value).sum()));
    var out = new float[x.length];
    for (var i = 0; i < x.length; i++) {
      out[i] = (float) (x[i] / norm);
    }
    return out;
  }
}
