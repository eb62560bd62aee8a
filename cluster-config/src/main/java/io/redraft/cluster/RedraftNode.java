package io.redraft.cluster;

import io.redraft.actors.Redraft;
import io.redraft.actors.serving.ModelInfo;
import io.redraft.actors.serving.ServedModels;
import io.redraft.actors.serving.Serving;
import io.redraft.actors.training.RunEvent;
import io.redraft.actors.training.TrainingEvent;
import io.redraft.actors.training.TrainingRunSettings;
import io.redraft.actors.training.TrainingRuns;
import io.redraft.cluster.journal.Journals;
import io.redraft.model.InvalidInputException;
import io.redraft.model.tensor.Device;
import io.redraft.model.train.curriculum.StagedRun;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.slf4j.LoggerFactory;

/**
 * A running node: an actor system with {@link Redraft} as its guardian, and what is started under
 * it. Closing it lets requests in flight finish first.
 */
public final class RedraftNode implements AutoCloseable {
  /** Nothing that is asked at start computes; an answer that takes longer never comes. */
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final NodeSettings settings;
  private final ActorSystem<Redraft.Command> system;
  private final AtomicLong watchers = new AtomicLong();
  private ActorRef<TrainingRuns.Command> training;
  private volatile boolean serves;

  private RedraftNode(NodeSettings settings, ActorSystem<Redraft.Command> system) {
    this.settings = settings;
    this.system = system;
  }

  /** Starts a node that does nothing yet. It can serve, and starts fast. */
  public static RedraftNode start(NodeSettings settings) {
    return start(settings, StartUp.lean(settings.config()));
  }

  /** Starts a node that can train too: one that knows how to write journals. */
  public static RedraftNode startForTraining(NodeSettings settings) {
    return start(settings, StartUp.withJournals(settings.config()));
  }

  private static RedraftNode start(NodeSettings settings, ActorSystemSetup setup) {
    // Before several threads ask for it at once, which prints a warning.
    LoggerFactory.getILoggerFactory();
    return new RedraftNode(settings, ActorSystem.create(Redraft.create(), "redraft", setup));
  }

  /** The actor system, to start what belongs to the node's edges. */
  public ActorSystem<Redraft.Command> system() {
    return system;
  }

  /**
   * Starts serving and returns at once; the model is being loaded. A shutdown of the node drains
   * it.
   */
  public ActorRef<Serving.Command> serve(ServedModels models) {
    serves = true;
    CompletionStage<ActorRef<Serving.Command>> started =
        AskPattern.ask(
            system,
            replyTo -> new Redraft.StartServing(settings.serving(), models, replyTo),
            ANSWER,
            system.scheduler());
    var serving = started.toCompletableFuture().join();
    var patience = settings.serving().drainTimeout().plus(ANSWER);
    CoordinatedShutdown.get(system)
        .addTask(
            CoordinatedShutdown.PhaseServiceRequestsDone(),
            "drain serving",
            () ->
                AskPattern.<Serving.Command, Serving.Drained>ask(
                        serving, Serving.Drain::new, patience, system.scheduler())
                    .thenApply(drained -> Done.getInstance()));
    return serving;
  }

  /**
   * Begins to drain serving and returns at once: no new request is taken, those that wait are
   * refused, those that run go on.
   */
  public void drain(ActorRef<Serving.Command> serving) {
    serving.tell(new Serving.Drain(system.ignoreRef()));
  }

  /**
   * Waits until serving has its model.
   *
   * @throws InvalidInputException if the model's files cannot be served; names what is wrong
   * @throws IllegalStateException if it could not be loaded for another reason, or the node stops
   */
  public ModelInfo awaitModel(ActorRef<Serving.Command> serving) throws InterruptedException {
    var outcome = new CompletableFuture<ModelInfo>();
    system.systemActorOf(
        ModelWatcher.create(serving, outcome),
        "model-watcher-" + watchers.incrementAndGet(),
        Props.empty());
    try {
      return outcome.get();
    } catch (ExecutionException e) {
      throw (RuntimeException) e.getCause();
    }
  }

  /**
   * The runs that this node trains. A shutdown of the node stops them after their current steps,
   * with checkpoints, and waits for that.
   */
  public synchronized ActorRef<TrainingRuns.Command> training() {
    if (training == null) {
      CompletionStage<ActorRef<TrainingRuns.Command>> started =
          AskPattern.ask(system, Redraft.Training::new, ANSWER, system.scheduler());
      training = started.toCompletableFuture().join();
      CoordinatedShutdown.get(system)
          .addTask(
              CoordinatedShutdown.PhaseServiceRequestsDone(),
              "checkpoint training",
              () ->
                  AskPattern.<TrainingRuns.Command, TrainingRuns.AllStopped>ask(
                          training,
                          TrainingRuns.StopAll::new,
                          settings.serving().drainTimeout(),
                          system.scheduler())
                      .thenApply(ended -> Done.getInstance()));
    }
    return training;
  }

  /**
   * The dispatcher whose one thread makes a run's native calls. On a GPU that serves it is the one
   * that serves, since what one thread records there must not be disturbed by another.
   *
   * @param device of the run; asked for only where it matters, since to look for GPUs takes time
   */
  public String trainingThread(Supplier<Device> device) {
    if (serves) {
      var served = device.get();
      if (served.isGpu() && served.equals(Device.parse(settings.device().name()))) {
        return settings.serving().deviceDispatcher();
      }
      if (served.isGpu() && served.equals(Device.parse(settings.verifierDevice().name()))) {
        return settings.serving().verifierDispatcher();
      }
    }
    return TrainingRunSettings.TRAINING_THREAD;
  }

  /**
   * Starts a training run and returns at once.
   *
   * @param resume whether to go on from a checkpoint of an earlier process
   * @param subscriber told of everything that happens
   * @throws io.redraft.cluster.journal.FolderInUseException if somebody trains in its folder
   * @throws InvalidInputException if the folder or the journal cannot be used, or is a copy of that
   *     of a run of this node
   */
  public TrainingRuns.Entry train(
      StagedRun run, TrainingRunSettings how, boolean resume, ActorRef<RunEvent> subscriber) {
    var runs = training();
    var claim =
        new Journals(settings.journals(), system.settings().config()).claim(run.folder(), resume);
    CompletionStage<TrainingRuns.Started> started =
        AskPattern.ask(
            runs,
            replyTo -> new TrainingRuns.Start(run, claim, how, resume, subscriber, replyTo),
            ANSWER,
            system.scheduler());
    var answer = started.toCompletableFuture().join();
    if (answer instanceof TrainingRuns.NotStarted refused) {
      throw new InvalidInputException(refused.field(), refused.message());
    }
    return (TrainingRuns.Entry) answer;
  }

  /** An actor that hands events of runs to a listener, one at a time. */
  public ActorRef<RunEvent> listener(Consumer<TrainingEvent> listener) {
    return system.systemActorOf(
        Behaviors.receiveMessage(
            event -> {
              listener.accept(event.event());
              return Behaviors.same();
            }),
        "training-watcher-" + watchers.incrementAndGet(),
        Props.empty());
  }

  /** Shuts down in order: requests in flight first, then the actors, which free the model. */
  @Override
  public void close() {
    CoordinatedShutdown.get(system)
        .runAll(CoordinatedShutdown.unknownReason())
        .toCompletableFuture()
        .join();
  }
}
