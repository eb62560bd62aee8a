package io.redraft.actors.simulation;

import com.typesafe.config.Config;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.actor.AbstractScheduler;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.event.LoggingAdapter;
import scala.concurrent.ExecutionContext;
import scala.concurrent.duration.FiniteDuration;

/** The scheduler of a simulation: time passes when the test says so, and then at once. */
public final class VirtualTime extends AbstractScheduler {
  private static final Queue<Task> TASKS =
      new PriorityQueue<>(Comparator.comparing(Task::due).thenComparing(Task::order));
  private static Instant now = Instant.EPOCH;
  private static long tasks;

  private record Task(Instant due, long order, Runnable action, AtomicBoolean cancelled)
      implements Cancellable {
    @Override
    public boolean cancel() {
      return !cancelled.getAndSet(true);
    }

    @Override
    public boolean isCancelled() {
      return cancelled.get();
    }
  }

  /** Called by Pekko. */
  public VirtualTime(Config config, LoggingAdapter log, ThreadFactory threads) {}

  /** The time now. */
  public static synchronized Instant now() {
    return now;
  }

  /** Lets time pass and runs all that falls due, in order. */
  public static void pass(Duration duration) {
    var until = now().plus(duration);
    for (var task = nextDue(until); task != null; task = nextDue(until)) {
      if (!task.isCancelled()) {
        task.action().run();
      }
    }
  }

  /** The next task due, at whose time it then is; null when it is {@code until}. */
  private static synchronized Task nextDue(Instant until) {
    if (TASKS.isEmpty() || TASKS.peek().due().isAfter(until)) {
      now = until;
      return null;
    }
    var task = TASKS.remove();
    now = task.due();
    return task;
  }

  private static synchronized Task add(Duration delay, Runnable action) {
    var task = new Task(now.plus(delay), tasks++, action, new AtomicBoolean());
    TASKS.add(task);
    return task;
  }

  @Override
  public Cancellable scheduleOnce(
      FiniteDuration delay, Runnable runnable, ExecutionContext executor) {
    return add(Duration.ofNanos(delay.toNanos()), runnable);
  }

  @Override
  @SuppressWarnings("deprecation") // of the method that every scheduler must have
  public Cancellable schedule(
      FiniteDuration initialDelay,
      FiniteDuration interval,
      Runnable runnable,
      ExecutionContext executor) {
    throw new UnsupportedOperationException("nothing here is periodic");
  }

  @Override
  public double maxFrequency() {
    return 1000;
  }
}
