package io.redraft.model.train;

import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.tensorboard.EventFile;
import java.io.IOException;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;

/** Tells what a run measures: as JSON lines, and as events for TensorBoard. */
final class RunMetrics implements AutoCloseable {
  /** Name of the mean cross-entropy of masked tokens of the held-out text. */
  static final String MASKED = "validation_masked_cross_entropy";

  private final MetricsLog lines;
  private final EventFile events;

  private RunMetrics(MetricsLog lines, EventFile events) {
    this.lines = lines;
    this.events = events;
  }

  /** Opens both; what they tell of steps after {@code lastStep} is cut off. */
  static RunMetrics open(RunFolder folder, long lastStep, Clock clock) throws IOException {
    var lines = MetricsLog.open(folder.metrics(), lastStep);
    try {
      return new RunMetrics(lines, EventFile.open(folder.tensorboard(), lastStep, clock));
    } catch (IOException | RuntimeException e) {
      lines.close();
      throw e;
    }
  }

  /** Tells of training. */
  void logged(TrainingSession.Logged logged, double passes) throws IOException {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", logged.step());
    line.put("loss", finite(logged.loss()));
    line.put("gradient_norm", finite(logged.gradientNorm()));
    line.put("learning_rate", logged.learningRate());
    line.put("passes", passes);
    line.put("skipped", logged.skipped());
    line.put("micro_batch", logged.microBatch());
    line.put("tokens_per_second", Math.round(logged.tokensPerSecond()));
    line.put("model_flop_utilization", logged.utilization());
    line.put("seconds_left", Math.round(logged.secondsLeft()));
    lines.write(line);
    Map<String, Double> scalars = new LinkedHashMap<>();
    scalars.put("loss/train", logged.loss());
    scalars.put("optimizer/learning_rate", logged.learningRate());
    scalars.put("optimizer/gradient_norm", logged.gradientNorm());
    scalars.put("optimizer/skipped_steps", (double) logged.skipped());
    scalars.put("speed/tokens_per_second", logged.tokensPerSecond());
    scalars.put("speed/model_flop_utilization", logged.utilization());
    scalars.put("progress/passes", passes);
    events.write(logged.step(), scalars);
  }

  /** Tells of an evaluation. */
  void evaluated(long step, Evaluation found) throws IOException {
    if (found.kind() == Evaluation.Kind.MASKED_CROSS_ENTROPY) {
      masked(step, found);
      return;
    }
    Map<String, Object> line = new LinkedHashMap<>();
    var name = found.exact() ? "validation_loss" : "validation_bound";
    line.put("step", step);
    line.put(name, finite(found.natsPerToken()));
    line.put("validation_bits_per_byte", finite(found.bitsPerByte()));
    found.blockCausal().forEach(bound -> line.put(bound.name(), finite(bound.natsPerToken())));
    lines.write(line);
    Map<String, Double> scalars = new LinkedHashMap<>();
    scalars.put("loss/" + name, found.natsPerToken());
    found.blockCausal().forEach(b -> scalars.put("loss/" + b.name(), b.natsPerToken()));
    scalars.put("loss/validation_bits_per_byte", found.bitsPerByte());
    events.write(step, scalars);
  }

  /** What is no bound has a name of its own, so that nobody compares it with one. */
  private void masked(long step, Evaluation found) throws IOException {
    var range = found.byMaskRatio().get(0);
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", step);
    line.put(MASKED, finite(found.natsPerToken()));
    line.put("lowest_mask_ratio", range.from());
    line.put("highest_mask_ratio", range.to());
    line.put("masked_tokens", range.masked());
    lines.write(line);
    events.write(step, Map.of("loss/" + MASKED, found.natsPerToken()));
  }

  /** JSON has no NaN. */
  private static Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }

  @Override
  public void close() throws IOException {
    try (lines) {
      events.close();
    }
  }
}
