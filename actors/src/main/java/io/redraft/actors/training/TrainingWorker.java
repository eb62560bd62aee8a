package io.redraft.actors.training;

import io.redraft.model.InvalidInputException;
import io.redraft.model.train.TrainingHaltedException;
import io.redraft.model.train.TrainingSession;
import java.io.IOException;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Takes a run's steps, one message each, on the device's thread; between two steps it hears {@link
 * Stop}. It tells {@code owner} of everything that happens.
 *
 * <p>Supervision: <b>stop</b>. After a native call has failed nothing on the device can be trusted,
 * so the worker dies, frees what it holds, and {@link TrainingRun} starts another from the last
 * checkpoint. What a restart would not mend is told instead: input as {@link
 * TrainingEvent.Refused}, a full disk or a run gone wrong as {@link TrainingEvent.Failed}.
 */
final class TrainingWorker extends AbstractBehavior<TrainingWorker.Command> {
  /** What a worker is asked. */
  sealed interface Command {}

  /** Write a checkpoint and the model as it is after the current step, and end. */
  record Stop() implements Command {}

  private record Step() implements Command {}

  /** Something whose failure {@link #unlessHopeless} looks at. */
  private interface Work {
    Behavior<Command> run() throws IOException;
  }

  private final TrainingSession session;
  private final ActorRef<? super TrainingEvent> owner;

  /** Opens a session and begins to step. */
  static Behavior<Command> create(
      TrainingSession.Opener opener, boolean resume, ActorRef<? super TrainingEvent> owner) {
    return Behaviors.setup(
        context -> {
          try {
            return unlessHopeless(
                owner, () -> new TrainingWorker(context, opener.open(resume), owner));
          } catch (InvalidInputException refusal) {
            owner.tell(new TrainingEvent.Refused(refusal.field(), refusal.getMessage()));
            return Behaviors.stopped();
          }
        });
  }

  /**
   * Does some work; a failure that a restart would not mend is told to the owner, and ends the
   * worker. What it cannot write now, it cannot write in a second either.
   */
  private static Behavior<Command> unlessHopeless(
      ActorRef<? super TrainingEvent> owner, Work work) {
    try {
      return work.run();
    } catch (TrainingHaltedException | IOException hopeless) {
      owner.tell(new TrainingEvent.Failed(hopeless.getMessage(), -1));
      return Behaviors.stopped();
    }
  }

  private TrainingWorker(
      ActorContext<Command> context,
      TrainingSession session,
      ActorRef<? super TrainingEvent> owner) {
    super(context);
    this.session = session;
    this.owner = owner;
    var run = session.description();
    owner.tell(
        new TrainingEvent.Opened(
            run.device(),
            run.parameters(),
            run.tokens(),
            run.steps(),
            run.firstStep(),
            run.tokensPerStep(),
            run.microBatch(),
            run.peak()));
    context.getSelf().tell(new Step());
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Step.class, step -> unlessHopeless(owner, this::onStep))
        .onMessage(Stop.class, stop -> unlessHopeless(owner, this::onStop))
        .onSignal(PostStop.class, signal -> onPostStop())
        .build();
  }

  private Behavior<Command> onStep() throws IOException {
    if (session.done()) {
      var folder = session.finish();
      owner.tell(new TrainingEvent.Finished(session.stepsTaken(), folder.toString()));
      return Behaviors.stopped();
    }
    var logged = session.step();
    owner.tell(new TrainingEvent.Stepped(session.stepsTaken()));
    logged.ifPresent(
        line ->
            owner.tell(
                new TrainingEvent.Logged(
                    line.step(),
                    line.loss(),
                    line.learningRate(),
                    line.skipped(),
                    line.tokensPerSecond(),
                    line.utilization(),
                    line.secondsLeft(),
                    line.microBatch())));
    if (session.evaluationDue()) {
      var found = session.evaluate();
      owner.tell(
          new TrainingEvent.Evaluated(
              session.stepsTaken(), found.exact(), found.natsPerToken(), found.bitsPerByte()));
    }
    if (session.checkpointDue()) {
      checkpoint();
    }
    getContext().getSelf().tell(new Step());
    return this;
  }

  private Behavior<Command> onStop() throws IOException {
    checkpoint();
    session.finish(); // what there is, to look at
    owner.tell(new TrainingEvent.Stopped(session.stepsTaken()));
    return Behaviors.stopped();
  }

  private void checkpoint() throws IOException {
    session.checkpoint();
    owner.tell(new TrainingEvent.Checkpointed(session.stepsTaken()));
  }

  private Behavior<Command> onPostStop() throws IOException {
    session.close();
    return this;
  }
}
