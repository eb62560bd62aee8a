package io.redraft.server.cli;

import io.redraft.actors.training.TrainingEvent;
import io.redraft.model.InvalidInputException;
import io.redraft.model.train.CheckpointFolder;
import io.redraft.model.train.RunFolder;

/** What the end of a run means for whoever started it here: results, exit codes and last words. */
final class RunOutcome {
  private final RunFolder folder;

  RunOutcome(RunFolder folder) {
    this.folder = folder;
  }

  /**
   * Throws what a run ended with that did neither finish nor stop.
   *
   * @throws InvalidInputException if it was refused
   * @throws IllegalStateException if it failed
   */
  static void check(TrainingEvent.Ended end) {
    if (end instanceof TrainingEvent.Refused refused) {
      throw new InvalidInputException(refused.field(), refused.message());
    }
    if (end instanceof TrainingEvent.Failed failed) {
      throw new IllegalStateException("the run failed: " + failed.reason());
    }
  }

  /** One line on a run that failed, and what is left of it. */
  String failure(TrainingEvent.Failed failed) {
    return failure(failed.reason(), failed.checkpoint());
  }

  /** The same of a run that could not begin, of which the folder alone knows. */
  String failure(String reason) {
    return failure(reason, -1);
  }

  private String failure(String reason, long told) {
    var steps = CheckpointFolder.steps(folder.checkpoints());
    var newest = steps.isEmpty() ? -1 : steps.get(steps.size() - 1);
    var checkpoint = Math.max(told, newest);
    // A database's reasons have several lines; a user is told one, with what is left.
    return reason.lines().findFirst().orElse("").strip()
        + (checkpoint < 0
            ? "; there is no checkpoint yet"
            : String.format(
                "; the checkpoint of step %d is whole, --resume goes on from it", checkpoint));
  }
}
