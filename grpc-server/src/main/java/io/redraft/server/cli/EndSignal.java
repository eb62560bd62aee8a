package io.redraft.server.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;

/**
 * Ctrl-C and a polite kill, which ask a process to end in order. Whoever is asked so and does exits
 * with a code of its own, not with the 130 or 143 of a process that was killed.
 */
final class EndSignal {
  /** In the place of an exit code: that of a process that was killed, 130 or 143. */
  static final int KILLED = -1;

  /** What is done on a signal; nothing once a signal came or the work is done. */
  private final AtomicReference<IntSupplier> ending;

  private final Thread hook = new Thread(this::end, "end-signal");

  private EndSignal(IntSupplier ending) {
    this.ending = new AtomicReference<>(ending);
  }

  /**
   * Does something when the process is told to end, and ends it then. Where it was told so before,
   * this does not return.
   *
   * @param ending returns the exit code, or {@link #KILLED}
   */
  static EndSignal handle(IntSupplier ending) throws InterruptedException {
    var signal = new EndSignal(ending);
    try {
      Runtime.getRuntime().addShutdownHook(signal.hook);
    } catch (IllegalStateException ended) {
      Thread.currentThread().join();
    }
    return signal;
  }

  /**
   * Waits until the process is told to end, does something, and ends it: does not return.
   *
   * @param ending returns the exit code, or {@link #KILLED}
   */
  static void await(IntSupplier ending) throws InterruptedException {
    var signal = handle(ending);
    try {
      new CountDownLatch(1).await();
    } finally {
      signal.workIsDone();
    }
  }

  private void end() {
    var last = ending.getAndSet(null);
    if (last == null) {
      return; // the work is done
    }
    int code = Failures.FAILED;
    try {
      code = last.getAsInt();
    } catch (RuntimeException | Error problem) {
      hook.getUncaughtExceptionHandler()
          .uncaughtException(hook, problem); // halt lets nobody tell later
    } finally {
      if (code != KILLED) {
        Runtime.getRuntime().halt(code);
      }
    }
  }

  /** From now on does something else; where a signal came before, this does not return. */
  void handleBy(IntSupplier other) throws InterruptedException {
    if (ending.getAndUpdate(before -> before == null ? null : other) == null) {
      Thread.currentThread().join();
    }
  }

  /** The work is done; where a signal came before, this does not return, and the process ends. */
  void workIsDone() throws InterruptedException {
    if (ending.getAndSet(null) == null) {
      Thread.currentThread().join();
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException ended) {
      return; // it came this moment, and finds nothing to do
    }
  }
}
