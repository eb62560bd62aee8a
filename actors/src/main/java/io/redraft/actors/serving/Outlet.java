package io.redraft.actors.serving;

import org.apache.pekko.actor.typed.ActorRef;

/** Where one session's events go, and how much of them has not been taken. */
final class Outlet {
  private final ActorRef<GenerationEvent> subscriber;
  private final long most;
  private long unread;

  /**
   * An outlet.
   *
   * @param most bytes that may wait; beyond them it is {@link #full}
   */
  Outlet(ActorRef<GenerationEvent> subscriber, long most) {
    this.subscriber = subscriber;
    this.most = most;
  }

  ActorRef<GenerationEvent> subscriber() {
    return subscriber;
  }

  void tell(GenerationEvent event) {
    unread += EventBytes.of(event);
    subscriber.tell(event);
  }

  /** The subscriber has taken so many bytes. */
  void taken(long bytes) {
    unread -= bytes;
  }

  /** Whether more waits than may. */
  boolean full() {
    return unread > most;
  }
}
