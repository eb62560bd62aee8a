package io.redraft.actors.training;

import io.redraft.model.InvalidInputException;
import io.redraft.model.train.TrainingHaltedException;
import io.redraft.model.train.TrainingSession;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.curriculum.StagedRun;
import java.io.IOException;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Takes a stage's steps, one message each, on the device's thread; between two steps it hears what
 * it should do. It tells its coordinator of everything that happens.
 *
 * <pre>
 *   OPEN ── told to train ──▶ STEPPING ── told of another number of steps ──▶ HOLDING
 *    │                          │  ▲                                            │
 *    │                          │  └──────────── that is journalled ────────────┘
 *    ├── told to leave ─────────┼── all steps taken ──▶ ended: finished
 *    ▼                          ▼
 *   ended: a checkpoint, and what there is to look at
 * </pre>
 *
 * <p>Supervision: <b>stop</b>. After a native call has failed nothing on the device can be trusted,
 * so the worker dies, frees what it holds, and its {@link StageCoordinator} starts another from the
 * last checkpoint. What a restart would not mend is told instead: input as {@link Refused}, a full
 * disk or a run gone wrong as {@link Hopeless}.
 */
final class StageWorker extends AbstractBehavior<StageWorker.Command> {
  /** What a worker is asked. */
  sealed interface Command {}

  /** What it should do from now on; saying it twice changes nothing. */
  record Follow(StageOrder order) implements Command {}

  private record Step() implements Command {}

  /** What a worker says. */
  sealed interface Report extends StageCoordinator.Command {}

  /** Something to tell whoever watches the run. */
  record News(TrainingEvent event) implements Report {}

  /** It takes no step until the number of steps that it was told is journalled. */
  record Holding(long taken, long steps) implements Report {}

  /** All steps are taken and committed in the run's folder. */
  record Finished(long step) implements Report {}

  /** It was told to leave and did, with a checkpoint; -1 where there is none yet. */
  record Left(long step) implements Report {}

  /** Input does not allow it. */
  record Refused(String field, String message) implements Report {}

  /** It failed in a way that a restart would not mend. */
  record Hopeless(String reason) implements Report {}

  /** Something whose failure {@link #unlessHopeless} looks at. */
  private interface Work {
    Behavior<Command> run() throws IOException;
  }

  private final TrainingSession session;
  private final Stage stage;
  private final ActorRef<Report> owner;
  private final TrainingEvent.Opened opened;
  private StageOrder order;
  private boolean stepping;
  private long saved;

  /**
   * Opens a session and waits to be told to train.
   *
   * @param steps how many steps the stage takes, as the journal has it
   */
  static Behavior<Command> create(
      StagedRun run, Stage stage, StepPlan steps, boolean resume, ActorRef<Report> owner) {
    return Behaviors.setup(
        context -> {
          try {
            return unlessHopeless(
                owner,
                () -> {
                  var session = run.open(stage.withSteps(steps.first()), resume);
                  return new StageWorker(context, run, stage, steps, session, owner);
                });
          } catch (InvalidInputException refusal) {
            owner.tell(new Refused(refusal.field(), refusal.getMessage()));
            return Behaviors.stopped();
          }
        });
  }

  /**
   * Does some work; a failure that a restart would not mend is told to the owner, and ends the
   * worker. What it cannot write now, it cannot write in a second either.
   */
  private static Behavior<Command> unlessHopeless(ActorRef<Report> owner, Work work) {
    try {
      return work.run();
    } catch (TrainingHaltedException | IOException hopeless) {
      owner.tell(new Hopeless(TrainingEvent.Failed.reason(hopeless)));
      return Behaviors.stopped();
    }
  }

  private StageWorker(
      ActorContext<Command> context,
      StagedRun run,
      Stage stage,
      StepPlan steps,
      TrainingSession session,
      ActorRef<Report> owner) {
    super(context);
    this.session = session;
    this.stage = stage;
    this.owner = owner;
    session.changeSteps(steps.after(session.stepsTaken()));
    var told = session.description();
    this.saved = told.firstStep() > 0 ? told.firstStep() : -1;
    this.opened =
        new TrainingEvent.Opened(
            stage.number(),
            run.stages().size(),
            stage.name(),
            told.device(),
            told.parameters(),
            told.tokens(),
            told.steps(),
            told.firstStep(),
            told.tokensPerStep(),
            told.microBatch(),
            told.peak());
    owner.tell(new News(opened));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Step.class, step -> unlessHopeless(owner, this::onStep))
        .onMessage(Follow.class, follow -> unlessHopeless(owner, () -> onFollow(follow.order())))
        .onSignal(PostStop.class, signal -> onPostStop())
        .build();
  }

  private Behavior<Command> onFollow(StageOrder told) throws IOException {
    order = told;
    if (told.goal() != StageOrder.Goal.TRAIN) {
      return leave();
    }
    session.changeSteps(told.steps().after(session.stepsTaken()));
    if (told.asked().isPresent() && !session.done()) { // a stage that is done takes no other number
      stepping = false;
      owner.tell(new Holding(session.stepsTaken(), told.asked().getAsLong()));
    } else if (!told.begun()) {
      owner.tell(new News(opened)); // it was not heard, or is being journalled
    } else if (!stepping) {
      stepping = true;
      getContext().getSelf().tell(new Step());
    }
    return this;
  }

  private Behavior<Command> onStep() throws IOException {
    if (!stepping) {
      return this; // it was on its way when the worker was told to hold
    }
    session.changeSteps(order.steps().after(session.stepsTaken()));
    if (session.done()) {
      checkpoint(); // fewer steps than it set out to take end it between two checkpoints
      session.finish();
      owner.tell(new Finished(session.stepsTaken()));
      return Behaviors.stopped();
    }
    var logged = session.step();
    owner.tell(new News(new TrainingEvent.Stepped(stage.number(), session.stepsTaken())));
    logged.ifPresent(this::tell);
    if (session.evaluationDue()) {
      evaluate();
    }
    if (session.checkpointDue()) {
      checkpoint();
    }
    getContext().getSelf().tell(new Step());
    return this;
  }

  private void tell(TrainingSession.Logged line) {
    owner.tell(
        new News(
            new TrainingEvent.Logged(
                stage.number(),
                line.step(),
                line.loss(),
                line.learningRate(),
                line.skipped(),
                line.tokensPerSecond(),
                line.utilization(),
                line.secondsLeft(),
                line.microBatch())));
  }

  private void evaluate() throws IOException {
    var found = session.evaluate();
    owner.tell(new News(TrainingEvent.Evaluated.of(stage.number(), session.stepsTaken(), found)));
  }

  private Behavior<Command> leave() throws IOException {
    checkpoint();
    if (order.goal() == StageOrder.Goal.STOP) {
      session.leave();
    }
    owner.tell(new Left(session.stepsTaken()));
    return Behaviors.stopped();
  }

  private void checkpoint() throws IOException {
    if (saved == session.stepsTaken()) {
      return;
    }
    session.checkpoint();
    saved = session.stepsTaken();
    owner.tell(new News(new TrainingEvent.Checkpointed(stage.number(), saved)));
  }

  private Behavior<Command> onPostStop() throws IOException {
    session.close();
    return this;
  }
}
