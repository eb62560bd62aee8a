package io.redraft.actors.training;

import io.redraft.actors.training.RunState.StageState;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.curriculum.StagedRun;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/**
 * Who owns which stage of a run: at most one {@link StageCoordinator} a stage, and one {@link
 * CheckpointKeeper} for all of them. What is asked of a stage and not journalled yet waits here. A
 * part of {@link TrainingRun}, confined to its actor.
 */
final class StageOwners {
  /** A number of steps that somebody wants a stage to take. */
  record Proposal(long steps, ActorRef<RunAnswer> replyTo) {}

  private final ActorContext<TrainingRun.Command> context;
  private final TrainingRunSettings settings;
  private final StagedRun run;
  private final Map<Integer, ActorRef<StageCoordinator.Command>> owners = new TreeMap<>();
  private final Set<ActorRef<?>> dismissed = new HashSet<>();
  private final Map<Integer, Proposal> proposals = new TreeMap<>();
  private ActorRef<CheckpointKeeper.Command> keeper;

  StageOwners(
      ActorContext<TrainingRun.Command> context, TrainingRunSettings settings, StagedRun run) {
    this.context = context;
    this.settings = settings;
    this.run = run;
  }

  /** Starts a keeper that knows what is committed; the one before, if any, is gone. */
  void keep(Set<Integer> committed) {
    if (keeper != null) {
      dismissed.add(keeper);
      context.stop(keeper);
    }
    keeper =
        context.spawnAnonymous(CheckpointKeeper.create(planned(run), committed, context.getSelf()));
    context.watch(keeper);
  }

  /** The stages as the journal tells them. */
  static List<JournalledEvent.PlannedStage> planned(StagedRun run) {
    return run.stages().stream()
        .map(
            stage ->
                new JournalledEvent.PlannedStage(
                    stage.number(), stage.name(), stage.steps(), stage.kind() == Stage.Kind.BAND))
        .toList();
  }

  /** Starts the owner of a stage that has none. */
  void begin(Stage stage, RunState state, boolean resume) {
    var owner =
        context.spawnAnonymous(
            StageCoordinator.create(
                settings, run, stage, order(stage, state), resume, context.getSelf()));
    if (owners.putIfAbsent(stage.number(), owner) != null) {
      throw new IllegalStateException("stage " + stage.number() + " has an owner");
    }
    context.watch(owner);
  }

  boolean has(int stage) {
    return owners.containsKey(stage);
  }

  boolean none() {
    return owners.isEmpty();
  }

  /** Tells every stage what it should do. */
  void order(RunState state) {
    for (var stage : run.stages()) {
      var owner = owners.get(stage.number());
      if (owner != null && !dismissed.contains(owner)) {
        owner.tell(new StageCoordinator.Follow(order(stage, state)));
      }
    }
  }

  private StageOrder order(Stage stage, RunState state) {
    var goal =
        switch (state.status()) {
          case NEW, RUNNING -> StageOrder.Goal.TRAIN;
          case PAUSED -> StageOrder.Goal.PAUSE;
          case STOPPED, FAILED, FINISHED -> StageOrder.Goal.STOP;
        };
    var known = state.stage(stage.number());
    var proposal = proposals.get(stage.number());
    return new StageOrder(
        goal,
        known.map(stageNow -> stageNow.started() && !stageNow.steps().open()).orElse(false),
        known.map(StageState::steps).orElseGet(() -> StepPlan.of(stage.steps())),
        proposal == null ? OptionalLong.empty() : OptionalLong.of(proposal.steps()),
        keeper);
  }

  /** A stage's owner has nothing left to do; it has gone once {@link #gone} is told. */
  void dismiss(int stage) {
    var owner = owners.get(stage);
    if (owner != null && dismissed.add(owner)) {
      context.stop(owner);
    }
  }

  /** Tells the keeper that a commit is journalled. */
  void committed(int stage) {
    keeper.tell(new CheckpointKeeper.Committed(stage));
  }

  /** How somebody who is gone was known. */
  enum Gone {
    /** No part of the hierarchy. */
    STRANGER,
    /** Told to go. */
    DISMISSED,
    /** The owner of a stage, by itself. */
    OWNER,
    /** The keeper, by itself. */
    KEEPER
  }

  /** Takes note that somebody is gone. */
  Gone gone(ActorRef<?> who) {
    boolean expected = dismissed.remove(who);
    boolean owned = owners.values().removeIf(who::equals);
    if (expected) {
      return Gone.DISMISSED;
    }
    return owned ? Gone.OWNER : who.equals(keeper) ? Gone.KEEPER : Gone.STRANGER;
  }

  /** Somebody wants another number of steps; whoever wanted one before is told that it is not. */
  void propose(int stage, Proposal proposal) {
    withdraw(stage, "another number was asked for meanwhile");
    proposals.put(stage, proposal);
  }

  Optional<Proposal> proposed(int stage) {
    return Optional.ofNullable(proposals.get(stage));
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

  /** The same for all stages that nobody trains. */
  void withdrawFromIdle(String reason) {
    List.copyOf(proposals.keySet()).stream()
        .filter(stage -> !has(stage))
        .forEach(stage -> withdraw(stage, reason));
  }

  /** All of them are gone; what was asked of them has to be asked again. */
  void forget() {
    List.copyOf(proposals.keySet())
        .forEach(stage -> withdraw(stage, "the journal failed; ask again"));
    owners.clear();
    dismissed.clear();
    keeper = null;
  }
}
