package io.redraft.actors.training;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Numbers of steps that somebody wants stages to take and that are not journalled yet, at most one
 * a stage. Whoever proposed one is answered once: it is journalled, or too late. A part of {@link
 * TrainingRun}, confined to its actor.
 */
final class StepProposals {
  private record Proposal(long steps, ActorRef<RunAnswer> replyTo) {}

  private final TreeMap<Integer, Proposal> proposals = new TreeMap<>();

  /** Somebody wants another number of steps; whoever wanted one before is told that it is not. */
  void propose(int stage, long steps, ActorRef<RunAnswer> replyTo) {
    withdraw(stage, "another number was asked for meanwhile");
    proposals.put(stage, new Proposal(steps, replyTo));
  }

  /** The number that is wanted of a stage. */
  OptionalLong of(int stage) {
    return Optional.ofNullable(proposals.get(stage)).stream().mapToLong(Proposal::steps).findAny();
  }

  /** It is journalled. */
  void accepted(int stage) {
    var proposal = proposals.remove(stage);
    if (proposal != null) {
      proposal.replyTo().tell(new RunAnswer.Accepted());
    }
  }

  /** It is too late. */
  void withdraw(int stage, String reason) {
    var proposal = proposals.remove(stage);
    if (proposal != null) {
      proposal.replyTo().tell(new RunAnswer.Refused("steps", reason));
    }
  }

  /** The same for all stages of which something holds. */
  void withdrawIf(IntPredicate late, String reason) {
    List.copyOf(proposals.keySet()).stream()
        .filter(late::test)
        .forEach(stage -> withdraw(stage, reason));
  }
}
