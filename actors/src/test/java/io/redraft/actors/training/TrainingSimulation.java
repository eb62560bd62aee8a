package io.redraft.actors.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.actors.simulation.LossyMailbox;
import io.redraft.actors.simulation.SeededExecutor;
import io.redraft.actors.simulation.VirtualTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.apache.pekko.actor.ActorRefWithCell;
import org.apache.pekko.actor.Kill;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.SpawnProtocol;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * One run of the real hierarchy under one seed: which mailbox runs next, which messages between its
 * actors are lost, who dies when, what its user wants and how time passes all follow from it. What
 * must always hold is checked after every message.
 */
final class TrainingSimulation {
  private static final Props ONLOOKER = DispatcherSelector.fromConfig("onlooker-dispatcher");

  /** Many times what the longest run needs. */
  private static final int MOST_MESSAGES = 50_000;

  private static final int REMEMBERED = Integer.getInteger("redraft.simulation.remembered", 60);

  private static final TrainingRunSettings SETTINGS =
      new TrainingRunSettings(
          40,
          Duration.ofMillis(1),
          Duration.ofMillis(4),
          Duration.ofMillis(10),
          Optional.empty(),
          "redraft.device-dispatcher");

  private final ActorSystem<SpawnProtocol.Command> system;
  private final Random random;
  private final long seed;
  private final String id;
  private final SimulatedFolder folder;
  private final List<Integer> order = new ArrayList<>();
  private final Queue<String> history = new ArrayDeque<>();
  private int disturbances;
  private ActorRef<Command> process;
  private ActorRef<TrainingRun.Command> run;
  private boolean gone = true;
  private boolean over;
  private Optional<TrainingEvent> last = Optional.empty();
  private int commits;
  private int deaths;
  private int processes;
  private int journalled;
  private boolean failNextWrite;
  private RunState state = RunState.EMPTY;

  /** What a run came to. */
  record Outcome(
      long weights,
      RunState state,
      int deaths,
      int processes,
      int journalled,
      List<Integer> order,
      List<String> history) {}

  private sealed interface Command {}

  private record Start(boolean resume) implements Command {}

  private record Die() implements Command {}

  TrainingSimulation(ActorSystem<SpawnProtocol.Command> system, long seed, int disturbances) {
    this.system = system;
    this.seed = seed;
    this.random = new Random(seed);
    this.id = "simulation-" + seed + "-" + disturbances + "-" + System.identityHashCode(this);
    this.folder = new SimulatedFolder(random);
    this.disturbances = disturbances;
  }

  Outcome run() {
    folder.failures = disturbances == 0 ? 0 : 0.05;
    LossyMailbox.lose(this::isLost);
    begin(false);
    settle(() -> last.orElse(null) instanceof TrainingEvent.Finished);
    LossyMailbox.lose(message -> false);
    over = true;
    process.tell(new Die());
    settle(() -> gone && SeededExecutor.waiting() == 0);
    return new Outcome(
        folder.weights(), state, deaths, processes, journalled, order, List.copyOf(history));
  }

  private boolean isLost(Object message) {
    boolean lost = betweenThem(message) && disturbances > 0 && random.nextDouble() < 0.1;
    if (message.getClass().getName().startsWith("io.redraft")) {
      remember((lost ? "lost: " : "") + message);
    }
    return lost;
  }

  private String where() {
    return "seed " + seed + ":\n" + String.join("\n", history);
  }

  /** The last of what happened, to be read where something is wrong. */
  private void remember(String what) {
    history.add(what);
    if (history.size() > REMEMBERED) {
      history.remove();
    }
  }

  /** Messages that a network could lose; what an actor tells itself it cannot. */
  private static boolean betweenThem(Object message) {
    return message instanceof StageWorker.Report
        || message instanceof StageWorker.Follow
        || message instanceof StageCoordinator.Follow
        || message instanceof CheckpointKeeper.Command
        || message instanceof TrainingRun.Opened
        || message instanceof TrainingRun.News
        || message instanceof TrainingRun.Holding
        || message instanceof TrainingRun.Left
        || message instanceof TrainingRun.GaveUp
        || message instanceof TrainingRun.Saved
        || message instanceof TrainingRun.Commit
        || message instanceof TrainingRun.Pause
        || message instanceof TrainingRun.Resume
        || message instanceof TrainingRun.SetSteps
        || message instanceof TrainingRun.Stop;
  }

  /** A process: starts its run; whoever watches over it starts a new one when it is gone. */
  private void begin(boolean resume) {
    gone = false;
    processes++;
    remember("process " + processes);
    run = null;
    system.tell(new SpawnProtocol.Spawn<>(process(resume), "", Props.empty(), system.ignoreRef()));
  }

  private Behavior<Command> process(boolean resume) {
    return Behaviors.setup(
        context -> {
          process = context.getSelf();
          var events =
              context.<RunEvent>spawnAnonymous(
                  Behaviors.receiveMessage(
                      event -> {
                        last = Optional.of(event.event());
                        return Behaviors.same();
                      }),
                  ONLOOKER);
          run =
              context.spawnAnonymous(
                  TrainingRun.create(id, SETTINGS, folder, RunJournal.DEFAULT, resume, events));
          context.watch(run);
          return Behaviors.receive(Command.class)
              .onMessage(Die.class, die -> Behaviors.stopped())
              .onSignal(Terminated.class, end -> Behaviors.stopped())
              .onSignal(
                  PostStop.class,
                  stop -> {
                    gone = true;
                    return Behaviors.same();
                  })
              .build();
        });
  }

  private void settle(BooleanSupplier done) {
    int idle = 0;
    while (!done.getAsBoolean()) {
      order.add(SeededExecutor.waiting());
      if (SeededExecutor.runOne(random)) {
        idle = 0;
      } else {
        VirtualTime.pass(Duration.ofMillis(1));
        assertThat(++idle).as(() -> "nothing hangs, " + where()).isLessThan(5000);
      }
      assertThat(order.size()).as(() -> "it comes to an end, " + where()).isLessThan(MOST_MESSAGES);
      check();
      disturb();
    }
  }

  /** What must hold between any two messages. */
  private void check() {
    assertThat(folder.problems).as(this::where).isEmpty();
    assertThat(SeededExecutor.strangers()).as("other threads that have a part in this").isEmpty();
    var now = folder.committed().size();
    assertThat(now).as("commits are monotone, seed %d", seed).isGreaterThanOrEqualTo(commits);
    commits = now;
    assertThat(coordinators()).as("owners, seed %d", seed).isLessThanOrEqualTo(1);
  }

  /** Called with what is about to be journalled; whether the database takes it. */
  boolean takes(String persistenceId, List<?> events) {
    if (!persistenceId.endsWith(id)) {
      return true;
    }
    if (failNextWrite) {
      failNextWrite = false;
      return false;
    }
    events.forEach(event -> onJournalled((JournalledEvent) event));
    return true;
  }

  private void onJournalled(JournalledEvent event) {
    if (event instanceof JournalledEvent.StageCommitted committed) {
      problem(!folder.hasCommitted(committed.stage()), event + " before it is in the folder");
      problem(state.stage(committed.stage()).orElseThrow().committed(), event + " twice");
    }
    if (event instanceof JournalledEvent.StageCheckpointed saved) {
      problem(folder.checkpointOf(saved.stage()) < saved.step(), event + " before it is whole");
      problem(
          state.stage(saved.stage()).orElseThrow().checkpoint() >= saved.step(), event + " again");
    }
    remember("journalled: " + event);
    state = state.apply(event);
    journalled++;
  }

  private void problem(boolean wrong, String what) {
    if (wrong) {
      folder.problems.add(what);
    }
  }

  private long coordinators() {
    return below(run).stream().filter(ref -> childrenOf(ref) > 0).count();
  }

  private void disturb() {
    if (over) {
      return;
    }
    if (random.nextInt(60) == 0) {
      VirtualTime.pass(Duration.ofMillis(1 + random.nextInt(6)));
    }
    if (gone) {
      begin(true); // another process
      return;
    }
    if (run == null) {
      return;
    }
    boolean rests =
        switch (state.status()) {
          case PAUSED, STOPPED, FAILED -> true;
          case NEW, RUNNING, FINISHED -> false;
        };
    if (rests && random.nextInt(30) == 0) {
      run.tell(new TrainingRun.Resume(system.ignoreRef()));
    }
    if (disturbances == 0) {
      folder.failures = 0;
      return;
    }
    if (random.nextInt(25) != 0) {
      return;
    }
    disturbances--;
    switch (random.nextInt(13)) {
      case 0 -> kill(run);
      case 1 -> process.tell(new Die());
      case 2, 3 -> below(run).stream().skip(random.nextInt(2)).findFirst().ifPresent(this::kill);
      case 4 ->
          below(run).stream()
              .flatMap(child -> below(child).stream())
              .findFirst()
              .ifPresent(this::kill);
      case 5 -> run.tell(new TrainingRun.Pause(system.ignoreRef()));
      case 6 -> run.tell(new TrainingRun.Stop(system.ignoreRef()));
      case 7, 8, 9, 10, 11 ->
          run.tell(
              new TrainingRun.SetSteps(likelyStage(), 1 + random.nextInt(9), system.ignoreRef()));
      default -> {
        failNextWrite = true;
        remember("the next write fails");
      }
    }
  }

  /** One that is not committed, as far as the journal knows; now and then any. */
  private int likelyStage() {
    int any = 1 + random.nextInt(folder.stages().size());
    return random.nextInt(4) == 0
        ? any
        : state.stages().stream()
            .filter(stage -> !stage.committed())
            .findFirst()
            .map(stage -> stage.planned().number())
            .orElse(any);
  }

  private void kill(ActorRef<?> actor) {
    deaths++;
    remember("killed: " + actor);
    Adapter.toClassic(actor).tell(Kill.getInstance(), org.apache.pekko.actor.ActorRef.noSender());
  }

  private static int childrenOf(ActorRef<Void> parent) {
    return below(parent).size();
  }

  private static List<ActorRef<Void>> below(ActorRef<?> parent) {
    List<ActorRef<Void>> children = new ArrayList<>();
    if (parent != null && Adapter.toClassic(parent) instanceof ActorRefWithCell ref) {
      var all = ref.underlying().childrenRefs().children().iterator();
      while (all.hasNext()) {
        children.add(Adapter.toTyped(all.next()));
      }
    }
    return children;
  }
}
