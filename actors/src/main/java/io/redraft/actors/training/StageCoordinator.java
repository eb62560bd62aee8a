package io.redraft.actors.training;

import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.curriculum.StagedRun;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * One stage, kept alive: it opens a {@link StageWorker} on the device's thread and, when that one
 * dies, another that goes on from the stage's last checkpoint. It follows the run's orders and
 * passes on what the worker tells.
 *
 * <pre>
 *                 ┌──────── wait over ─────────┐
 *                 ▼                            │
 *   (start) ─▶ TRAINING ── worker died ──▶ WAITING
 *                 │                            │
 *                 │ finished, left,            │ told to leave, or
 *                 │ refused, hopeless          │ no restart left
 *                 ▼                            ▼
 *               DONE: says how, again at every order, until the run stops it
 * </pre>
 *
 * <p>Strategy: a worker's death is followed by a <b>restart from the last checkpoint</b> after a
 * wait that doubles, since what kills a worker (a driver's hiccup, a device that another process
 * fills) often passes; a failure that comes back at once, without one checkpoint in between, is in
 * the run itself, so the number of restarts is bounded, and a new checkpoint resets it. A worker
 * that ended without a word is opened again: what it did lies in the folder, and opening it finds
 * out. Of the coordinator itself: <b>stop</b>; its run starts another.
 */
final class StageCoordinator extends AbstractBehavior<StageCoordinator.Command> {
  /** What a coordinator is told. */
  sealed interface Command permits Follow, WorkerGone, OpenAgain, StageWorker.Report {}

  /** What the stage should do from now on. */
  record Follow(StageOrder order) implements Command {}

  private record WorkerGone(ActorRef<Void> worker, Optional<Throwable> cause) implements Command {}

  private record OpenAgain() implements Command {}

  private final TimerScheduler<Command> timers;
  private final TrainingRunSettings settings;
  private final StagedRun run;
  private final Stage stage;
  private final ActorRef<TrainingRun.Command> owner;
  private StageOrder order;
  private ActorRef<StageWorker.Command> worker;
  private Optional<StageWorker.Report> ended = Optional.empty();
  private long lastCheckpoint = -1;
  private int attempts;

  /**
   * Opens a stage.
   *
   * @param resume whether to go on from a checkpoint of an earlier process
   */
  static Behavior<Command> create(
      TrainingRunSettings settings,
      StagedRun run,
      Stage stage,
      StageOrder order,
      boolean resume,
      ActorRef<TrainingRun.Command> owner) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  var coordinator =
                      new StageCoordinator(context, timers, settings, run, stage, order, owner);
                  coordinator.open(resume);
                  return coordinator;
                }));
  }

  private StageCoordinator(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      TrainingRunSettings settings,
      StagedRun run,
      Stage stage,
      StageOrder order,
      ActorRef<TrainingRun.Command> owner) {
    super(context);
    this.timers = timers;
    this.settings = settings;
    this.run = run;
    this.stage = stage;
    this.order = order;
    this.owner = owner;
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Follow.class, this::onFollow)
        .onMessage(StageWorker.Report.class, this::onReport)
        .onMessage(WorkerGone.class, this::onWorkerGone)
        .onMessage(OpenAgain.class, again -> open(true))
        .onSignal(ChildFailed.class, failed -> gone(failed.getRef(), failed.cause()))
        .onSignal(Terminated.class, end -> gone(end.getRef(), null))
        .build();
  }

  private Behavior<Command> open(boolean resume) {
    worker =
        getContext()
            .spawnAnonymous(
                StageWorker.create(
                    run, stage, order.steps(), resume, getContext().getSelf().narrow()),
                DispatcherSelector.fromConfig(settings.deviceThread()));
    getContext().watch(worker);
    return this;
  }

  private Behavior<Command> onFollow(Follow follow) {
    order = follow.order();
    if (ended.isPresent()) {
      sayHow(ended.get());
    } else if (worker != null) {
      worker.tell(new StageWorker.Follow(order));
    } else if (order.goal() != StageOrder.Goal.TRAIN) {
      // It was waiting; what its last checkpoint has is what there is.
      timers.cancel(OpenAgain.class);
      end(new StageWorker.Left(lastCheckpoint));
    }
    return this;
  }

  private Behavior<Command> onReport(StageWorker.Report report) {
    if (report instanceof StageWorker.News news) {
      onNews(news.event());
    } else if (report instanceof StageWorker.Holding holding) {
      owner.tell(new TrainingRun.Holding(stage.number(), holding.taken(), holding.steps()));
    } else {
      end(report);
    }
    return this;
  }

  private void onNews(TrainingEvent event) {
    if (event instanceof TrainingEvent.Opened opened) {
      if (opened.firstStep() > 0) {
        lastCheckpoint = Math.max(lastCheckpoint, opened.firstStep());
      }
      owner.tell(new TrainingRun.Opened(stage.number(), opened));
      if (order.begun() || order.goal() != StageOrder.Goal.TRAIN) {
        worker.tell(new StageWorker.Follow(order)); // others wait until the run has journalled it
      }
      return;
    }
    if (event instanceof TrainingEvent.Checkpointed saved && saved.step() > lastCheckpoint) {
      lastCheckpoint = saved.step();
      attempts = 0;
      order.keeper().tell(new CheckpointKeeper.Checkpointed(stage.number(), saved.step()));
    }
    owner.tell(new TrainingRun.News(event));
  }

  /** The order of signals and messages is not that of events: what the worker said comes first. */
  private Behavior<Command> gone(ActorRef<Void> child, Throwable cause) {
    getContext().getSelf().tell(new WorkerGone(child, Optional.ofNullable(cause)));
    return this;
  }

  private Behavior<Command> onWorkerGone(WorkerGone gone) {
    worker = null;
    if (ended.isPresent()) {
      return this; // also where it died while it freed what it held
    }
    if (gone.cause().isEmpty()) {
      return open(true);
    }
    getContext().getLog().warn("Training worker died", gone.cause().get());
    var reason = reason(gone.cause().get());
    if (order.goal() != StageOrder.Goal.TRAIN || attempts == settings.restarts()) {
      end(new StageWorker.Hopeless(reason));
      return this;
    }
    attempts++;
    var wait = settings.wait(attempts);
    owner.tell(
        new TrainingRun.News(
            new TrainingEvent.Restarting(
                stage.number(), reason, attempts, settings.restarts(), wait)));
    // What the worker before has checkpointed is this run's own, whatever it was begun with.
    timers.startSingleTimer(OpenAgain.class, new OpenAgain(), wait);
    return this;
  }

  private void end(StageWorker.Report how) {
    ended = Optional.of(how);
    sayHow(how);
  }

  private void sayHow(StageWorker.Report how) {
    int number = stage.number();
    if (how instanceof StageWorker.Finished finished) {
      order.keeper().tell(new CheckpointKeeper.Finished(number, finished.step()));
    } else if (how instanceof StageWorker.Left left) {
      owner.tell(new TrainingRun.Left(number, left.step()));
    } else if (how instanceof StageWorker.Refused refused) {
      owner.tell(
          new TrainingRun.GaveUp(
              number, new TrainingEvent.Refused(refused.field(), refused.message())));
    } else if (how instanceof StageWorker.Hopeless hopeless) {
      owner.tell(
          new TrainingRun.GaveUp(
              number, new TrainingEvent.Failed(hopeless.reason(), lastCheckpoint)));
    }
  }

  private static String reason(Throwable cause) {
    var message = cause.getMessage();
    var first = message == null ? "" : ": " + message.strip().lines().findFirst().orElse("");
    return cause.getClass().getSimpleName() + first;
  }
}
