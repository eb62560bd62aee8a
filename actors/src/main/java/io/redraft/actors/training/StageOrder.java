package io.redraft.actors.training;

import java.util.OptionalLong;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * What a stage should do: all of it, each time, so that an order that gets lost is made good by the
 * next one.
 *
 * @param goal whether it trains
 * @param begun whether the journal has the stage's start, and from which step on each of its
 *     numbers of steps holds; before that no step is taken
 * @param steps how many steps it takes, as the journal has it
 * @param asked a number of steps that somebody asked for and that is not journalled yet: hold and
 *     say at which step
 * @param keeper whom to tell of checkpoints and of the end
 */
record StageOrder(
    Goal goal,
    boolean begun,
    StepPlan steps,
    OptionalLong asked,
    ActorRef<CheckpointKeeper.Command> keeper) {
  /** What a stage is about. */
  enum Goal {
    /** Take steps. */
    TRAIN,
    /** End after the current step, with a checkpoint. */
    PAUSE,
    /** The same, and leave something to look at. */
    STOP
  }
}
