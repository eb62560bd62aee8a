package io.redraft.actors;

import io.redraft.actors.serving.ServedModels;
import io.redraft.actors.serving.Serving;
import io.redraft.actors.serving.ServingSettings;
import io.redraft.actors.training.TrainingRuns;
import java.time.Duration;
import java.time.InstantSource;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * The guardian: the root of everything that one node does. It starts a concern when asked to, under
 * supervision, and does nothing else, so that it has no reason to fail.
 *
 * <pre>
 *   Redraft
 *   └─ serving
 *      ├─ scheduler
 *      ├─ device
 *      │  └─ shard
 *      ├─ verifier-scheduler, verifier-device (where there is a verifier)
 *      └─ session-1, session-2, …
 *   └─ training
 *      └─ run
 *         ├─ checkpoint keeper
 *         └─ coordinator of a stage
 *            └─ worker
 * </pre>
 *
 * <p>Supervision of its children: <b>restart</b>, at most five times a minute with everything below
 * them; then the child stays down and the node's health says so. A concern that fails so often has
 * a cause that a restart does not mend, and the others must go on.
 */
public final class Redraft extends AbstractBehavior<Redraft.Command> {
  /** What a node is asked. */
  public sealed interface Command {}

  /** Starts serving; answered with its front. One node serves once. */
  public record StartServing(
      ServingSettings settings, ServedModels models, ActorRef<ActorRef<Serving.Command>> replyTo)
      implements Command {}

  /** Asks for the runs that this process trains; they are none at first. */
  public record Training(ActorRef<ActorRef<TrainingRuns.Command>> replyTo) implements Command {}

  private ActorRef<TrainingRuns.Command> training;

  /** A guardian with nothing to guard yet. */
  public static Behavior<Command> create() {
    return Behaviors.setup(Redraft::new);
  }

  private Redraft(ActorContext<Command> context) {
    super(context);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(StartServing.class, this::onStartServing)
        .onMessage(Training.class, this::onTraining)
        .build();
  }

  /** A failure of whoever keeps the runs is a bug, and would leave them without an owner. */
  private Behavior<Command> onTraining(Training asked) {
    if (training == null) {
      training = getContext().spawn(TrainingRuns.create(), "training");
    }
    asked.replyTo().tell(training);
    return this;
  }

  private Behavior<Command> onStartServing(StartServing start) {
    var serving = Serving.create(start.settings(), start.models(), InstantSource.system());
    var supervised =
        Behaviors.supervise(serving)
            .onFailure(SupervisorStrategy.restart().withLimit(5, Duration.ofMinutes(1)));
    start.replyTo().tell(getContext().spawn(supervised, "serving"));
    return this;
  }
}
