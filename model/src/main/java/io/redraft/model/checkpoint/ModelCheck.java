package io.redraft.model.checkpoint;

import io.redraft.model.InvalidInputException;
import io.redraft.model.safetensors.TensorView;
import io.redraft.model.text.Tokenizer;
import java.nio.FloatBuffer;
import java.util.function.DoubleConsumer;

/**
 * Reads a model to its last byte: every weight must be a finite number, and every token must have a
 * piece and a text. What {@link ModelFolder#open} checks has been checked before.
 */
public final class ModelCheck {
  private static final int PIECE = 1 << 16;

  private ModelCheck() {}

  /**
   * Checks a model.
   *
   * @param progress told now and then how much of the whole is read, 0 to 1
   * @throws io.redraft.model.InvalidInputException naming the first tensor or token that is wrong
   */
  public static void run(ModelFolder model, DoubleConsumer progress) {
    checkTokenizer(model);
    long read = 0;
    for (String name : WeightLayout.of(model.config()).keySet()) {
      TensorView tensor = model.weights().tensor(name);
      checkFinite(model, tensor);
      read += tensor.elements();
      progress.accept(read / (double) model.config().parameters());
    }
  }

  private static void checkFinite(ModelFolder model, TensorView tensor) {
    float[] values = new float[(int) Math.min(PIECE, tensor.elements())];
    for (long from = 0; from < tensor.elements(); from += values.length) {
      int count = (int) Math.min(values.length, tensor.elements() - from);
      tensor.readFloat32(from, FloatBuffer.wrap(values, 0, count));
      for (int i = 0; i < count; i++) {
        if (!Float.isFinite(values[i])) {
          throw InvalidInputException.inFile(
              model.path().toString(),
              tensor.name() + "[" + (from + i) + "]",
              values[i] + "; allowed: finite numbers");
        }
      }
    }
  }

  private static void checkTokenizer(ModelFolder model) {
    Tokenizer tokenizer = model.tokenizer();
    int[] one = new int[1];
    for (int token = 0; token < tokenizer.vocabularySize(); token++) {
      one[0] = token;
      tokenizer.piece(token);
      tokenizer.decode(one);
    }
    String text = "Once upon a time.";
    for (int token : tokenizer.encode(text)) {
      if (token < 0 || token >= model.config().vocabularySize()) {
        throw InvalidInputException.inFile(
            model.path().resolve("tokenizer.json").toString(),
            "model.vocab",
            "gives token " + token + "; allowed: 0 to " + (model.config().vocabularySize() - 1));
      }
    }
  }
}
