package io.redraft.actors.serving;

import com.typesafe.config.Config;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.dispatch.DispatcherPrerequisites;
import org.apache.pekko.dispatch.ExecutorServiceConfigurator;
import org.apache.pekko.dispatch.ExecutorServiceFactory;

/**
 * What dispatchers run on in a simulation: nothing runs by itself. A test runs one waiting mailbox
 * at a time, on its own thread, and which one a seed decides; with a throughput of 1 that is one
 * message. So an interleaving of real actors can be repeated, message by message. A dispatcher with
 * {@code immediate = true} runs at once instead, for actors that only look on.
 */
public final class SeededExecutor extends ExecutorServiceConfigurator {
  private static final List<Runnable> WAITING = new ArrayList<>();

  private final boolean immediate;

  /** Called by Pekko. */
  public SeededExecutor(Config config, DispatcherPrerequisites prerequisites) {
    super(config, prerequisites);
    this.immediate = config.hasPath("immediate") && config.getBoolean("immediate");
  }

  /** Runs a mailbox that waits; whether there was one. */
  static boolean runOne(Random random) {
    Runnable next;
    synchronized (WAITING) {
      if (WAITING.isEmpty()) {
        return false;
      }
      next = WAITING.remove(random.nextInt(WAITING.size()));
    }
    next.run();
    return true;
  }

  /** Whether a mailbox waits. */
  static boolean waits() {
    synchronized (WAITING) {
      return !WAITING.isEmpty();
    }
  }

  @Override
  public ExecutorServiceFactory createExecutorServiceFactory(String id, ThreadFactory threads) {
    return new ExecutorServiceFactory() {
      @Override
      public ExecutorService createExecutorService() {
        return new Waiting(immediate);
      }
    };
  }

  private static final class Waiting extends AbstractExecutorService {
    private final boolean immediate;
    private volatile boolean shutdown;

    private Waiting(boolean immediate) {
      this.immediate = immediate;
    }

    @Override
    public void execute(Runnable task) {
      if (immediate) {
        task.run();
        return;
      }
      synchronized (WAITING) {
        WAITING.add(task);
      }
    }

    @Override
    public void shutdown() {
      shutdown = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
      shutdown = true;
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return shutdown;
    }

    @Override
    public boolean isTerminated() {
      return shutdown;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return shutdown;
    }
  }
}
