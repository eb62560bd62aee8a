package io.redraft.actors.serving;

import org.apache.pekko.actor.typed.ActorRef;

/**
 * One session's place in the queues of work. It asks the model and its verifier in turn, and rests
 * at the one while it asks the other, so that neither waits for it in vain. Belongs to its session.
 */
final class Turns {
  private final long session;
  private final int priority;
  private final Schedulers schedulers;
  private ActorRef<BatchScheduler.Command> asked;

  Turns(long session, int priority, Schedulers schedulers) {
    this.session = session;
    this.priority = priority;
    this.schedulers = schedulers;
    this.asked = schedulers.model();
  }

  /**
   * Asks for a forward pass, of the verifier or the model.
   *
   * @param replyTo the session
   */
  void ask(Work work, boolean verifier, ActorRef<GenerationSession.Command> replyTo) {
    var next = verifier ? schedulers.verifier().orElseThrow() : schedulers.model();
    if (!next.equals(asked)) {
      rest();
      asked = next;
    }
    next.tell(new BatchScheduler.Ready(session, replyTo, work, priority));
  }

  /** Has nothing to ask for now. */
  void rest() {
    asked.tell(new BatchScheduler.Resting(session));
  }
}
