package io.redraft.load.measure;

import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.evaluate.ModelUnderTest;
import io.redraft.model.evaluate.TokenScorer;
import io.redraft.model.nn.AttentionMode;
import java.nio.file.Path;

/** A causal model that tells how probable texts are, and writes none. */
public final class JudgeModel {
  private JudgeModel() {}

  /**
   * Opens a judge's folder.
   *
   * @throws InvalidInputException if it is no model, or does not read from left to right
   */
  public static ModelFolder folder(Path path) {
    var folder = ModelFolder.open(path);
    if (folder.config().attention() != AttentionMode.CAUSAL) {
      throw InvalidInputException.of("judge", path, "the folder of a causal model");
    }
    return folder;
  }

  /** The judge, asked through a scorer of its weights. */
  public static ModelUnderTest of(ModelFolder folder, TokenScorer scorer) {
    return new ModelUnderTest(
        folder.path().toString(),
        folder.config(),
        folder.tokenizer(),
        scorer,
        (plans, progress) -> {
          throw new UnsupportedOperationException("a judge writes nothing");
        });
  }
}
