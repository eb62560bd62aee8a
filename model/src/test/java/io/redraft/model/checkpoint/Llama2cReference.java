package io.redraft.model.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * llama2.c's forward pass in float64, from its formulas and straight on the bytes of a checkpoint:
 * rotary embedding of neighbouring elements, one token at a time, plain loops. It shares nothing
 * with the code under test.
 */
public final class Llama2cReference {
  private final ByteBuffer file;
  private final int dim;
  private final int hidden;
  private final int layers;
  private final int heads;
  private final int keyValueHeads;
  private final int vocabulary;
  private final int context;
  private final boolean shared;

  /** A checkpoint by its bytes. */
  public Llama2cReference(byte[] bytes) {
    file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    dim = file.getInt();
    hidden = file.getInt();
    layers = file.getInt();
    heads = file.getInt();
    keyValueHeads = file.getInt();
    int signedVocabulary = file.getInt();
    shared = signedVocabulary > 0;
    vocabulary = Math.abs(signedVocabulary);
    context = file.getInt();
  }

  int vocabulary() {
    return vocabulary;
  }

  /** Logits after every token: (T, vocabulary). */
  public double[][] logits(int[] tokens) {
    int size = dim / heads;
    int kv = keyValueHeads * size;
    double[][][] keys = new double[layers][tokens.length][];
    double[][][] values = new double[layers][tokens.length][];
    double[][] logits = new double[tokens.length][];
    // Where each kind of weight begins, counted in floats after the header.
    int attNorm = vocabulary * dim;
    int wq = attNorm + layers * dim;
    int wk = wq + layers * dim * dim;
    int wv = wk + layers * dim * kv;
    int wo = wv + layers * dim * kv;
    int ffnNorm = wo + layers * dim * dim;
    int w1 = ffnNorm + layers * dim;
    int w2 = w1 + layers * dim * hidden;
    int w3 = w2 + layers * dim * hidden;
    int finalNorm = w3 + layers * dim * hidden;
    int classifier = shared ? 0 : finalNorm + dim + context * size;
    for (int pos = 0; pos < tokens.length; pos++) {
      double[] x = new double[dim];
      for (int i = 0; i < dim; i++) {
        x[i] = weight(tokens[pos] * dim + i);
      }
      for (int l = 0; l < layers; l++) {
        double[] normed = rmsNorm(x, attNorm + l * dim);
        double[] q = multiply(wq + l * dim * dim, dim, normed);
        keys[l][pos] = multiply(wk + l * dim * kv, kv, normed);
        values[l][pos] = multiply(wv + l * dim * kv, kv, normed);
        rotate(q, pos, size);
        rotate(keys[l][pos], pos, size);
        double[] mixed = attend(q, keys[l], values[l], pos, size);
        add(x, multiply(wo + l * dim * dim, dim, mixed));
        normed = rmsNorm(x, ffnNorm + l * dim);
        double[] gate = multiply(w1 + l * dim * hidden, hidden, normed);
        double[] up = multiply(w3 + l * dim * hidden, hidden, normed);
        for (int i = 0; i < hidden; i++) {
          gate[i] = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
        }
        add(x, multiply(w2 + l * dim * hidden, dim, gate));
      }
      logits[pos] = multiply(classifier, vocabulary, rmsNorm(x, finalNorm));
    }
    return logits;
  }

  private double[] attend(double[] q, double[][] keys, double[][] values, int pos, int size) {
    double[] mixed = new double[dim];
    for (int h = 0; h < heads; h++) {
      int from = h / (heads / keyValueHeads) * size;
      double[] score = new double[pos + 1];
      double total = 0;
      for (int t = 0; t <= pos; t++) {
        for (int i = 0; i < size; i++) {
          score[t] += q[h * size + i] * keys[t][from + i];
        }
        score[t] = Math.exp(score[t] / Math.sqrt(size));
        total += score[t];
      }
      for (int t = 0; t <= pos; t++) {
        for (int i = 0; i < size; i++) {
          mixed[h * size + i] += score[t] / total * values[t][from + i];
        }
      }
    }
    return mixed;
  }

  private static void rotate(double[] vector, int pos, int size) {
    for (int i = 0; i < vector.length; i += 2) {
      double angle = pos / Math.pow(10000, i % size / (double) size);
      double first = vector[i];
      double second = vector[i + 1];
      vector[i] = first * Math.cos(angle) - second * Math.sin(angle);
      vector[i + 1] = first * Math.sin(angle) + second * Math.cos(angle);
    }
  }

  private double[] rmsNorm(double[] x, int weights) {
    double squares = 0;
    for (double value : x) {
      squares += value * value;
    }
    double scale = 1 / Math.sqrt(squares / x.length + 1e-5);
    double[] normed = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      normed[i] = x[i] * scale * weight(weights + i);
    }
    return normed;
  }

  private double[] multiply(int matrix, int rows, double[] x) {
    double[] product = new double[rows];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < x.length; c++) {
        product[r] += weight(matrix + r * x.length + c) * x[c];
      }
    }
    return product;
  }

  private static void add(double[] x, double[] more) {
    for (int i = 0; i < x.length; i++) {
      x[i] += more[i];
    }
  }

  private double weight(int index) {
    return file.getFloat(28 + 4 * index);
  }
}
