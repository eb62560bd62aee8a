package io.redraft.model.checkpoint;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.text.Llama2cVocabulary;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The head of a llama2.c checkpoint: seven int32, checked against the length of the file. A
 * negative vocabulary size says that the classifier has weights of its own.
 */
record Llama2cHeader(
    int width,
    int feedForwardWidth,
    int layers,
    int heads,
    int keyValueHeads,
    int vocabularySize,
    int contextLength,
    boolean tiedHead) {
  static final int BYTES = 7 * Integer.BYTES;

  /** First bytes of the later formats, "ak42", which are laid out in another way. */
  private static final int MAGIC = 0x616b3432;

  private static final String[] FIELDS = {
    "dim", "hidden_dim", "n_layers", "n_heads", "n_kv_heads", "vocab_size", "seq_len"
  };

  /**
   * Reads and checks a header.
   *
   * @param file name of the file, for errors
   * @param bytes at least the first {@link #BYTES} bytes of the file, or all of a shorter file
   * @param size length of the file
   */
  static Llama2cHeader parse(String file, ByteBuffer bytes, long size) {
    if (bytes.remaining() < BYTES) {
      throw InvalidInputException.inFile(
          file, "header", "the file is cut short: " + size + " bytes");
    }
    int[] values = new int[FIELDS.length];
    bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(values);
    if (values[0] == MAGIC) {
      throw InvalidInputException.inFile(
          file,
          "header",
          "version " + values[1] + "; allowed: the first format, without a version");
    }
    boolean tied = values[5] > 0;
    if (values[5] != Integer.MIN_VALUE) {
      values[5] = Math.abs(values[5]);
    }
    for (int i = 0; i < values.length; i++) {
      if (values[i] < 1) {
        throw InvalidInputException.inFile(file, FIELDS[i], values[i] + "; allowed: 1 or more");
      }
    }
    if (values[0] % values[3] != 0) {
      throw InvalidInputException.inFile(
          file, "n_heads", values[3] + "; allowed: a divisor of dim (" + values[0] + ")");
    }
    Llama2cHeader header =
        new Llama2cHeader(
            values[0], values[1], values[2], values[3], values[4], values[5], values[6], tied);
    header.config(file); // refuses what no network can be
    header.checkSize(file, size);
    return header;
  }

  int headWidth() {
    return width / heads;
  }

  /** The network's shape. Texts are separated by the beginning token, which so ends them too. */
  NetworkConfig config(String file) {
    try {
      return new NetworkConfig(
          vocabularySize,
          width,
          layers,
          heads,
          keyValueHeads,
          headWidth(),
          feedForwardWidth,
          contextLength,
          1e-5,
          10000,
          tiedHead,
          AttentionMode.CAUSAL,
          -1,
          Llama2cVocabulary.BEGIN,
          Llama2cVocabulary.BEGIN);
    } catch (InvalidInputException e) {
      throw new InvalidInputException(file, file + ": " + e.getMessage());
    }
  }

  private void checkSize(String file, long size) {
    long expected;
    try {
      // Seven factors below 2^31 may overflow; the exact products tell.
      long attention =
          Math.multiplyExact((long) width * headWidth(), 2L * heads + 2L * keyValueHeads);
      long block =
          Math.addExact(
              Math.addExact(attention, 2L * width),
              Math.multiplyExact(3L * width, (long) feedForwardWidth));
      long floats =
          Math.addExact(
              Math.multiplyExact(block, (long) layers),
              Math.addExact(
                  Math.multiplyExact((tiedHead ? 1L : 2L) * vocabularySize, (long) width),
                  Math.addExact(width, (long) contextLength * headWidth())));
      expected = Math.addExact(BYTES, Math.multiplyExact(floats, (long) Float.BYTES));
    } catch (ArithmeticException e) {
      throw InvalidInputException.inFile(file, "header", this + " is larger than any file");
    }
    if (expected != size) {
      throw InvalidInputException.inFile(
          file, "header", this + " takes " + expected + " bytes; the file has " + size);
    }
  }

  @Override
  public String toString() {
    return "dim %d, hidden_dim %d, n_layers %d, n_heads %d, n_kv_heads %d, vocab_size %d, seq_len %d"
        .formatted(
            width,
            feedForwardWidth,
            layers,
            heads,
            keyValueHeads,
            tiedHead ? vocabularySize : -vocabularySize,
            contextLength);
  }
}
