package io.redraft.load.serve;

import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.evaluate.GenerativePerplexity;
import io.redraft.model.evaluate.ModelUnderTest;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.ModelScorer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A causal model that tells how probable texts are, in float32 on the CPU. Confined to the thread
 * that opened it.
 */
final class Judge implements AutoCloseable {
  /**
   * What it says of a text, what the text began with left out.
   *
   * @param tokens tokens of the judge that were written
   * @param nats −Σ ln p over them
   */
  record Verdict(long tokens, double nats) {}

  private final Kernels kernels;
  private final ModelScorer scorer;
  private final ModelUnderTest model;
  private final Map<String, GenerativePerplexity> openings = new HashMap<>();

  private Judge(Path path, ModelFolder folder) {
    kernels = Kernels.open(Device.CPU);
    scorer = new ModelScorer(folder, kernels);
    model =
        new ModelUnderTest(
            path.toString(),
            folder.config(),
            folder.tokenizer(),
            scorer,
            (plans, progress) -> {
              throw new UnsupportedOperationException("a judge writes nothing");
            });
  }

  /** Opens a folder, refusing one whose model does not read from left to right. */
  static ModelFolder folder(Path path) {
    var folder = ModelFolder.open(path);
    if (folder.config().attention() != AttentionMode.CAUSAL) {
      throw InvalidInputException.of("judge", path, "the folder of a causal model");
    }
    return folder;
  }

  /** Brings its weights to the device. */
  static Judge open(Path path) {
    return new Judge(path, folder(path));
  }

  /** Reads a text that begins with an opening. */
  Verdict judge(String opening, String text) {
    var given = openings.computeIfAbsent(opening, this::whole);
    var all = whole(text);
    return new Verdict(all.tokens() - given.tokens(), all.nats() - given.nats());
  }

  private GenerativePerplexity whole(String text) {
    return GenerativePerplexity.of(List.of(text), model);
  }

  @Override
  public void close() {
    scorer.close();
    kernels.close();
  }
}
