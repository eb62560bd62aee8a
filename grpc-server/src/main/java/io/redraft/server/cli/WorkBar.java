package io.redraft.server.cli;

import java.io.IOException;
import java.util.function.DoubleConsumer;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Shows on standard error how far a piece of work is; nothing where there is no terminal, and
 * nothing is left of it in the end.
 */
final class WorkBar {
  private static final int PARTS = 1000;

  /** Work that tells how much of it is done, 0 to 1. */
  @FunctionalInterface
  interface Work {
    /** Does the work. */
    void run(DoubleConsumer progress) throws IOException;
  }

  private WorkBar() {}

  /** Does {@code work} and shows its progress under a name. */
  static void show(String name, Work work) throws IOException {
    if (System.console() == null) {
      work.run(done -> {});
      return;
    }
    try (ProgressBar bar =
        new ProgressBarBuilder()
            .setTaskName(name)
            .setInitialMax(PARTS)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(250)
            .setConsumer(new ConsoleProgressBarConsumer(System.err))
            .clearDisplayOnFinish()
            .hideEta()
            .build()) {
      work.run(done -> bar.stepTo((long) (done * PARTS)));
    }
  }
}
