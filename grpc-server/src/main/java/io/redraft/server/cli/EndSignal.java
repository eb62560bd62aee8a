package io.redraft.server.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntSupplier;

/**
 * Ctrl-C and a polite kill, which ask a process to end in order. Whoever is asked so and does exits
 * with a code of its own, not with the 130 or 143 of a process that was killed.
 */
final class EndSignal {
  private final AtomicBoolean done = new AtomicBoolean();
  private Thread hook;

  private EndSignal() {}

  /**
   * Does something when the process is told to end, and ends it then.
   *
   * @param ending returns the exit code
   */
  static EndSignal handle(IntSupplier ending) {
    var signal = new EndSignal();
    signal.hook =
        new Thread(
            () -> {
              if (signal.done.getAndSet(true)) {
                return; // the process ends because its work is done
              }
              int code = 1;
              try {
                code = ending.getAsInt();
              } finally {
                Runtime.getRuntime().halt(code);
              }
            },
            "end-signal");
    Runtime.getRuntime().addShutdownHook(signal.hook);
    return signal;
  }

  /**
   * Waits until the process is told to end, does something, and ends it: does not return.
   *
   * @param ending returns the exit code
   */
  static void await(IntSupplier ending) throws InterruptedException {
    var signal = handle(ending);
    try {
      new CountDownLatch(1).await();
    } finally {
      signal.workIsDone();
    }
  }

  /** The work is done; where a signal came before, this does not return, and the process ends. */
  void workIsDone() throws InterruptedException {
    if (done.getAndSet(true)) {
      Thread.currentThread().join();
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException ending) {
      return; // it came this moment, and finds nothing to do
    }
  }
}
