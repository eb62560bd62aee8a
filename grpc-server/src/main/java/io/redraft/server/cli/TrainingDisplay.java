package io.redraft.server.cli;

import io.redraft.actors.training.TrainingEvent;
import io.redraft.model.evaluate.Evaluation;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Shows a training run to a person: a bar that moves on a terminal, a line now and then elsewhere.
 * Called by one thread at a time.
 */
final class TrainingDisplay implements AutoCloseable {
  /** Without a terminal, lines are at least this far apart: enough for a log file. */
  private static final Duration APART = Duration.ofSeconds(5);

  private final PrintWriter err;
  private final boolean terminal;
  private ProgressBar bar;
  private int stage;
  private long steps;
  private int microBatch;
  private long lastLine = System.nanoTime() - APART.toNanos();

  private TrainingDisplay(PrintWriter err, boolean terminal) {
    this.err = err;
    this.terminal = terminal;
  }

  /** A display on standard error. */
  static TrainingDisplay on(PrintWriter err) {
    return new TrainingDisplay(err, System.console() != null);
  }

  void show(TrainingEvent event) {
    if (event instanceof TrainingEvent.Opened opened) {
      open(opened);
    } else if (event instanceof TrainingEvent.Stepped stepped && bar != null) {
      bar.stepTo(stepped.step());
    } else if (event instanceof TrainingEvent.StepsChanged changed) {
      changed(changed);
    } else if (event instanceof TrainingEvent.Committed committed && committed.stages() > 1) {
      committed(committed);
    } else if (event instanceof TrainingEvent.Paused paused) {
      line("paused at step %,d with a checkpoint", paused.step());
    } else if (event instanceof TrainingEvent.Resumed) {
      line("going on");
    } else if (event instanceof TrainingEvent.Logged logged) {
      log(logged);
    } else if (event instanceof TrainingEvent.Evaluated found) {
      evaluated(found);
    } else if (event instanceof TrainingEvent.Restarting again) {
      line(
          "failed (%s); going on from the last checkpoint in %d s (attempt %d of %d)",
          again.reason(), again.backoff().toSeconds(), again.attempt(), again.attempts());
    } else if (event instanceof TrainingEvent.Stopped stopped) {
      line("stopped at step %,d with a checkpoint; --resume goes on", stopped.step());
    } else if (event instanceof TrainingEvent.Finished finished) {
      line("finished %,d steps", finished.step());
    }
  }

  private void evaluated(TrainingEvent.Evaluated found) {
    if (found.kind() == Evaluation.Kind.MASKED_CROSS_ENTROPY) {
      line(
          "step %,d  validation cross-entropy (no bound) %.4f nats/masked token at mask ratio %s",
          found.step(), found.natsPerToken(), ratios(found.lowestRatio(), found.highestRatio()));
    } else {
      line(
          "step %,d  validation %s %.4f nats/token, %.4f bits/byte",
          found.step(),
          found.exact() ? "loss" : "bound",
          found.natsPerToken(),
          found.bitsPerByte());
    }
  }

  private static String ratios(double lowest, double highest) {
    var format = lowest == highest ? "%.3g" : "%.3g to %.3g";
    return String.format(Locale.ROOT, format, lowest, highest);
  }

  private void open(TrainingEvent.Opened opened) {
    steps = opened.steps();
    microBatch = opened.microBatch();
    if (opened.stage() != stage) {
      close(); // a line a stage
      stage = opened.stage();
    }
    line(
        "%straining %,d parameters on %s: %,d steps of %,d tokens over a text of %,d%s; MFU is of %s",
        opened.stages() == 1
            ? ""
            : String.format(
                Locale.ROOT, "stage %d of %d, %s: ", stage, opened.stages(), opened.name()),
        opened.parameters(),
        opened.device(),
        opened.steps(),
        opened.tokensPerStep(),
        opened.trainingTokens(),
        opened.firstStep() > 0
            ? String.format(Locale.ROOT, ", going on from step %,d", opened.firstStep())
            : "",
        opened.peak());
    if (terminal && bar == null) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(opened.stages() == 1 ? "train" : opened.name())
              .setInitialMax(steps)
              .startsFrom(opened.firstStep(), Duration.ZERO)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(250)
              .setConsumer(new ConsoleProgressBarConsumer(System.err))
              .build();
    }
  }

  private void changed(TrainingEvent.StepsChanged changed) {
    line("from step %,d on: %,d steps in all", changed.from(), changed.steps());
    if (changed.stage() == stage) {
      steps = changed.steps();
      if (bar != null) {
        bar.maxHint(steps);
      }
    }
  }

  private void committed(TrainingEvent.Committed committed) {
    if (bar != null && committed.stage() == stage) {
      close();
    }
    line(
        "stage %d of %d, %s: committed%s",
        committed.stage(),
        committed.stages(),
        committed.name(),
        committed.step() < 0
            ? " before"
            : String.format(Locale.ROOT, " after %,d steps", committed.step()));
  }

  private void log(TrainingEvent.Logged logged) {
    var told =
        String.format(
            Locale.ROOT,
            "loss %.4f  %s tokens/s  MFU %.0f %%",
            logged.loss(),
            si(logged.tokensPerSecond()),
            100 * logged.utilization());
    if (logged.microBatch() < microBatch) {
      microBatch = logged.microBatch();
      line(
          "step %,d  memory ran out: from here on %,d sequences at a time, the same ones a step",
          logged.step(), microBatch);
    }
    var skipped = logged.skipped() > 0 ? "  " + logged.skipped() + " skipped" : "";
    if (bar != null) {
      bar.setExtraMessage(told + skipped);
      return;
    }
    var now = System.nanoTime();
    if (now - lastLine >= APART.toNanos() || logged.step() == steps) {
      lastLine = now;
      line(
          "step %,d/%,d  %s  %s left%s",
          logged.step(), steps, told, time(logged.secondsLeft()), skipped);
    }
  }

  private void line(String format, Object... values) {
    var text = String.format(Locale.ROOT, format, values);
    // On a terminal the bar's own line is cleared first.
    err.println(bar == null ? text : "\r\u001b[K" + text);
    err.flush();
  }

  private static String si(double value) {
    if (value >= 1e6) {
      return String.format(Locale.ROOT, "%.2f M", value / 1e6);
    }
    return value >= 1e3
        ? String.format(Locale.ROOT, "%.1f k", value / 1e3)
        : String.format(Locale.ROOT, "%.0f", value);
  }

  private static String time(double seconds) {
    var whole = Duration.ofSeconds((long) seconds);
    if (whole.toHours() > 0) {
      return whole.toHours() + " h " + whole.toMinutesPart() + " min";
    }
    return whole.toMinutes() > 0 ? whole.toMinutes() + " min" : whole.toSeconds() + " s";
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
