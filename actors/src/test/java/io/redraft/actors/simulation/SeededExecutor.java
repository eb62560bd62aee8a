package io.redraft.actors.simulation;

import com.typesafe.config.Config;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
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
 *
 * <p>That holds while the test's thread alone makes mailboxes wait: what another one adds comes
 * when the machine lets it, or too late. So those that do are remembered ({@link #strangers}).
 */
public final class SeededExecutor extends ExecutorServiceConfigurator {
  private static final List<Runnable> WAITING = new ArrayList<>();
  private static final Set<String> STRANGERS = new TreeSet<>();
  private static Thread test;

  private final boolean immediate;

  /** Called by Pekko. */
  public SeededExecutor(Config config, DispatcherPrerequisites prerequisites) {
    super(config, prerequisites);
    this.immediate = config.hasPath("immediate") && config.getBoolean("immediate");
  }

  /** From now on this thread alone may make mailboxes wait. */
  public static void belongsToThisThread() {
    synchronized (WAITING) {
      test = Thread.currentThread();
      STRANGERS.clear();
    }
  }

  /** Threads other than the test's that made a mailbox wait. */
  public static Set<String> strangers() {
    synchronized (WAITING) {
      return Set.copyOf(STRANGERS);
    }
  }

  /** Mailboxes that wait. */
  public static int waiting() {
    synchronized (WAITING) {
      return WAITING.size();
    }
  }

  /** Runs a mailbox that waits; whether there was one. */
  public static boolean runOne(Random random) {
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
        var by = Thread.currentThread();
        if (by != test) {
          STRANGERS.add(by.getName());
        }
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
