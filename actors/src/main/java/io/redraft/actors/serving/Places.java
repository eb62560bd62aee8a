package io.redraft.actors.serving;

import java.util.LinkedHashSet;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The places of a node: so many sessions are denoised, so many more wait for their turn in order of
 * arrival, and nobody else gets in.
 */
final class Places {
  /** What an arrival gets. */
  enum Arrival {
    /** A place: the session begins. */
    BEGINS,
    /** A place in the queue. */
    WAITS,
    /** Nothing: all is full. */
    REFUSED
  }

  private final int maxSessions;
  private final int maxQueued;
  private final Set<Long> sessions = new LinkedHashSet<>();
  private final Set<Long> queued = new LinkedHashSet<>();

  Places(int maxSessions, int maxQueued) {
    this.maxSessions = maxSessions;
    this.maxQueued = maxQueued;
  }

  /** Takes a session in, if there is room. */
  Arrival arrive(long session) {
    if (sessions.size() < maxSessions) {
      sessions.add(session);
      return Arrival.BEGINS;
    }
    if (queued.size() < maxQueued) {
      queued.add(session);
      return Arrival.WAITS;
    }
    return Arrival.REFUSED;
  }

  /** A session has ended; the one that has waited longest, if any, gets its place. */
  OptionalLong leave(long session) {
    if (queued.remove(session) || !sessions.remove(session) || queued.isEmpty()) {
      return OptionalLong.empty();
    }
    long next = queued.iterator().next();
    queued.remove(next);
    sessions.add(next);
    return OptionalLong.of(next);
  }
}
