package io.redraft.load.layerwise;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.redraft.load.measure.Report;
import io.redraft.load.measure.Table;
import io.redraft.model.ByteCount;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.layerwise.StageTrial;
import java.io.IOException;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * A stage's steps with their launches recorded and replayed, beside the same steps launched one by
 * one. Kernels of a GPU that add in the order in which threads come give other last bits each time,
 * and an optimizer makes more of them: so the plain steps are taken twice, and what recorded ones
 * may differ is measured by what plain ones do.
 *
 * @param recorded what replayed steps took
 * @param plain what steps that are launched one by one took
 * @param ofRecorded how the weights after recorded steps differ from those after plain ones
 * @param ofPlain how those after plain steps differ when they are taken again
 */
record GraphComparison(
    StageMeasurement recorded,
    StageMeasurement plain,
    WeightDifference ofRecorded,
    WeightDifference ofPlain) {
  /** What recorded steps may differ, in what plain ones do: two draws of the same rounding. */
  private static final double FACTOR = 4;

  /** The settings of a run in a new folder of a name. */
  @FunctionalInterface
  interface Settings {
    TrainingConfig of(String name, boolean recorded);
  }

  /** Keeps the weights of a trial. */
  private static final class Weights implements StageMeasurement.Watcher {
    private final boolean both;
    private float[] first;
    private float[] last;

    Weights(boolean both) {
      this.both = both;
    }

    @Override
    public void begun(StageTrial trial) {
      if (both) {
        first = trial.learned();
      }
    }

    @Override
    public void ended(StageTrial trial) {
      last = trial.learned();
    }
  }

  /**
   * Takes the steps three times.
   *
   * @param number the stage, counted from 1
   * @param progress told what comes next
   */
  static GraphComparison take(Settings settings, int number, long steps, Consumer<String> progress)
      throws IOException {
    var expected = new Weights(true);
    progress.accept("launched one by one");
    var plain =
        StageMeasurement.take(settings.of("plain", false), number, steps, progress, expected);
    var change = WeightDifference.distance(expected.last, expected.first);
    expected.first = null; // a large stage's weights are gigabytes
    var again = new Weights(false);
    progress.accept("launched one by one again");
    StageMeasurement.take(settings.of("again", false), number, steps, progress, again);
    var ofPlain = WeightDifference.of(again.last, expected.last, change);
    again.last = null;
    var replayed = new Weights(false);
    progress.accept("recorded and replayed");
    var recorded =
        StageMeasurement.take(settings.of("recorded", true), number, steps, progress, replayed);
    var ofRecorded = WeightDifference.of(replayed.last, expected.last, change);
    return new GraphComparison(recorded, plain, ofRecorded, ofPlain);
  }

  /** Whether recorded steps learn what plain ones do; exactly that where those repeat exactly. */
  @JsonProperty
  boolean same() {
    return ofRecorded.relative() <= FACTOR * ofPlain.relative();
  }

  void print(Report report) {
    var table =
        new Table("launches", "s a step", "measured", "replayed", "weights that differ", "by")
            .row(
                "recorded",
                seconds(recorded),
                ByteCount.format(recorded.measured()),
                Long.toString(recorded.replays()),
                Long.toString(ofRecorded.weights()),
                number(ofRecorded.relative()))
            .row(
                "one by one",
                seconds(plain),
                ByteCount.format(plain.measured()),
                Long.toString(plain.replays()),
                Long.toString(ofPlain.weights()),
                number(ofPlain.relative()));
    report
        .line("")
        .table("The same steps; differences from one by one, over what the steps changed", table)
        .line("");
    report.line(verdict());
  }

  private String verdict() {
    if (!same()) {
      return "RECORDED STEPS DO NOT LEARN THE SAME.";
    }
    return recorded.replays() == 0
        ? "Nothing was recorded on %s, or in so few steps: all were launched one by one."
            .formatted(recorded.device())
        : "Recorded steps learn the same.";
  }

  private static String seconds(StageMeasurement found) {
    return String.format(Locale.ROOT, "%.4f", found.seconds().median());
  }

  private static String number(double value) {
    return value == 0 ? "0" : String.format(Locale.ROOT, "%.2e", value);
  }
}
