package io.redraft.actors.admission;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * When a client that is turned away should try again:
 *
 * <pre>
 *   delay = (waiting / 2 + 1) / rate     at least 100 ms, at most 60 s
 *   rate  = ends / (now − from)          of the last 32 that ran and ended, while the node was busy
 * </pre>
 *
 * The time in which half of those that wait now will have begun: then there is room for as many
 * again, and the queue is not yet empty. {@code from} is the end before the first that is counted,
 * or the moment since which something has been running without a break. Before the first end of
 * such a time nothing is known, and the delay is the one that the settings name.
 */
public final class RetryDelay {
  /** Shortest delay. */
  public static final Duration LEAST = Duration.ofMillis(100);

  /** Longest delay. */
  public static final Duration MOST = Duration.ofSeconds(60);

  private static final int COUNTED = 32;

  private final Duration unknown;
  private final Deque<Instant> moments = new ArrayDeque<>();

  /**
   * Nothing is known yet.
   *
   * @param unknown the delay until something is; bounded as every other
   */
  public RetryDelay(Duration unknown) {
    this.unknown = unknown;
  }

  /** A session begins. */
  public void begins(Instant now) {
    if (moments.isEmpty()) {
      moments.add(now);
    }
  }

  /**
   * A session that ran has ended.
   *
   * @param idle whether no other one runs
   */
  public void ends(Instant now, boolean idle) {
    moments.add(now);
    if (moments.size() > COUNTED + 1) {
      moments.remove();
    }
    if (idle) {
      moments.clear();
    }
  }

  /** The delay for a client that is turned away now, while so many wait. */
  public Duration hint(int waiting, Instant now) {
    int ends = moments.size() - 1;
    if (ends < 1) {
      return bounded(unknown);
    }
    double perEnd = (double) Duration.between(moments.getFirst(), now).toNanos() / ends;
    return bounded(Duration.ofNanos((long) ((waiting / 2 + 1) * perEnd)));
  }

  private static Duration bounded(Duration delay) {
    if (delay.compareTo(LEAST) < 0) {
      return LEAST;
    }
    return delay.compareTo(MOST) > 0 ? MOST : delay;
  }
}
