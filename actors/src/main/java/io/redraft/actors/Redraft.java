package io.redraft.actors;

import io.redraft.actors.serving.ServedModels;
import io.redraft.actors.serving.Serving;
import io.redraft.actors.serving.ServingSettings;
import io.redraft.actors.training.TrainingEvent;
import io.redraft.actors.training.TrainingRun;
import io.redraft.actors.training.TrainingRunSettings;
import io.redraft.model.train.TrainingSession;
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
 *   └─ training runs
 *      └─ worker
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

  /**
   * Starts a training run; answered with it.
   *
   * @param resume whether to go on from a checkpoint of an earlier process
   * @param subscriber told of everything that happens
   */
  public record StartTraining(
      TrainingRunSettings settings,
      TrainingSession.Opener opener,
      boolean resume,
      ActorRef<TrainingEvent> subscriber,
      ActorRef<ActorRef<TrainingRun.Command>> replyTo)
      implements Command {}

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
        .onMessage(StartTraining.class, this::onStartTraining)
        .build();
  }

  /** A run restarts its own worker; a failure of the run itself is a bug and stays visible. */
  private Behavior<Command> onStartTraining(StartTraining start) {
    var run =
        TrainingRun.create(start.settings(), start.opener(), start.resume(), start.subscriber());
    start.replyTo().tell(getContext().spawnAnonymous(run));
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
