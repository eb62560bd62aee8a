package io.redraft.load.serve;

import io.redraft.load.measure.JudgeModel;
import io.redraft.load.measure.SharedDeviceThread;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.evaluate.GenerativePerplexity;
import io.redraft.model.evaluate.ModelUnderTest;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.ModelScorer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A causal model that tells how probable texts are, in float32 on the CPU, on the thread on which
 * servers compute, too.
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

  private Judge(ModelFolder folder) {
    kernels = Kernels.open(Device.CPU);
    scorer = new ModelScorer(folder, kernels);
    model = JudgeModel.of(folder, scorer);
  }

  /** Brings its weights to the device. */
  static Judge open(Path path) {
    var folder = JudgeModel.folder(path);
    return SharedDeviceThread.call(() -> new Judge(folder));
  }

  /** Reads a text that begins with an opening. */
  Verdict judge(String opening, String text) {
    var given = openings.computeIfAbsent(opening, this::whole);
    var all = whole(text);
    return new Verdict(all.tokens() - given.tokens(), all.nats() - given.nats());
  }

  private GenerativePerplexity whole(String text) {
    return SharedDeviceThread.call(() -> GenerativePerplexity.of(List.of(text), model));
  }

  @Override
  public void close() {
    SharedDeviceThread.call(
        () -> {
          scorer.close();
          kernels.close();
          return null;
        });
  }
}
