package io.redraft.actors.training;

import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.curriculum.StagedRun;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which stages a run's folder has, as far as the run's actor knows: what it read there when the run
 * last went on, and what was journalled since. A part of {@link TrainingRun}, confined to its
 * actor.
 */
final class CommittedStages {
  private final StagedRun run;
  private final Set<Integer> numbers = new TreeSet<>();

  CommittedStages(StagedRun run) {
    this.run = run;
  }

  /** Looks into the folder. */
  void read() throws IOException {
    numbers.clear();
    numbers.addAll(run.committed());
  }

  /** A commit is journalled; answers whether it was not known before. */
  boolean add(int stage) {
    return numbers.add(stage);
  }

  /** Their numbers, as they are known. */
  Set<Integer> numbers() {
    return Collections.unmodifiableSet(numbers);
  }

  /** Those that the journal does not have yet. */
  List<Integer> missedBy(RunState state) {
    List<Integer> missed = new ArrayList<>(numbers);
    missed.removeIf(
        number -> state.stage(number).map(RunState.StageState::committed).orElse(false));
    return missed;
  }

  /** Asks the folder too: a process may have died between its commit and the journal's. */
  boolean has(int stage) {
    try {
      return numbers.contains(stage) || run.committed().contains(stage);
    } catch (IOException e) {
      return false; // whoever goes on with the stage finds out
    }
  }

  /** The first stage that is not committed. */
  Optional<Stage> next() {
    return run.stages().stream().filter(stage -> !numbers.contains(stage.number())).findFirst();
  }
}
