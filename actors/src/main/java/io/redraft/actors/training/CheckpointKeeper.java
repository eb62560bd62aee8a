package io.redraft.actors.training;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * The one that says in which order stages are committed. A stage reports here that a checkpoint is
 * written, or that its session has finished and its layers lie in the folder; the run hears of a
 * checkpoint once, and of a commit when everything that the stage builds upon is committed.
 * Independent stages do not build upon each other.
 *
 * <pre>
 *   a stage:  OPEN ── finished ──▶ FINISHED ── what it builds upon is committed ──▶ COMMITTED
 * </pre>
 *
 * <p>It keeps nothing that is not said again: a finished stage repeats that it is until the run has
 * journalled it. Supervision: <b>stop</b>; the run starts another, which learns the rest from them.
 */
final class CheckpointKeeper extends AbstractBehavior<CheckpointKeeper.Command> {
  /** What a keeper is told. */
  sealed interface Command {}

  /** A checkpoint of a stage is whole. */
  record Checkpointed(int stage, long step) implements Command {}

  /** A stage's session has finished: its layers lie in the folder. */
  record Finished(int stage, long step) implements Command {}

  /** The run has journalled a commit. */
  record Committed(int stage) implements Command {}

  private final List<JournalledEvent.PlannedStage> stages;
  private final ActorRef<TrainingRun.Command> run;
  private final Set<Integer> committed;
  private final Map<Integer, Long> checkpoints = new HashMap<>();
  private final Map<Integer, Long> finished = new TreeMap<>();

  /** A keeper of a run whose folder has these stages. */
  static Behavior<Command> create(
      List<JournalledEvent.PlannedStage> stages,
      Set<Integer> committed,
      ActorRef<TrainingRun.Command> run) {
    var known = Set.copyOf(committed);
    return Behaviors.setup(context -> new CheckpointKeeper(context, stages, known, run));
  }

  private CheckpointKeeper(
      ActorContext<Command> context,
      List<JournalledEvent.PlannedStage> stages,
      Set<Integer> committed,
      ActorRef<TrainingRun.Command> run) {
    super(context);
    this.stages = List.copyOf(stages);
    this.committed = new HashSet<>(committed);
    this.run = run;
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Checkpointed.class, this::onCheckpointed)
        .onMessage(Finished.class, this::onFinished)
        .onMessage(Committed.class, this::onCommitted)
        .build();
  }

  private Behavior<Command> onCheckpointed(Checkpointed saved) {
    var before = checkpoints.getOrDefault(saved.stage(), -1L);
    if (saved.step() > before) {
      checkpoints.put(saved.stage(), saved.step());
      run.tell(new TrainingRun.Saved(saved.stage(), saved.step()));
    }
    return this;
  }

  private Behavior<Command> onFinished(Finished done) {
    finished.put(done.stage(), done.step());
    return commitWhatMay();
  }

  private Behavior<Command> onCommitted(Committed stage) {
    committed.add(stage.stage());
    finished.remove(stage.stage());
    return commitWhatMay();
  }

  private Behavior<Command> commitWhatMay() {
    finished.forEach(
        (stage, step) -> {
          if (mayCommit(stage)) {
            run.tell(new TrainingRun.Commit(stage, step));
          }
        });
    return this;
  }

  private boolean mayCommit(int number) {
    for (var stage : stages) {
      if (stage.number() == number) {
        return true;
      }
      boolean sibling = stage.independent() && independent(number);
      if (!sibling && !committed.contains(stage.number())) {
        return false;
      }
    }
    return false;
  }

  private boolean independent(int number) {
    return stages.stream().anyMatch(stage -> stage.number() == number && stage.independent());
  }
}
