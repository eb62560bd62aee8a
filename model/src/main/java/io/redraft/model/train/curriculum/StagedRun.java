package io.redraft.model.train.curriculum;

import io.redraft.model.train.TrainingSession;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A run as its supervisors see it: stages in their order, and a session for each. It keeps no state
 * in memory; what is committed lies in the run's folder, so that any process can go on with it.
 */
public interface StagedRun {
  /** Where the run lies; one run a folder. */
  Path folder();

  /** The stages in the order in which they are trained. */
  List<Stage> stages();

  /** Numbers of the stages whose layers are committed in the folder. */
  List<Integer> committed() throws IOException;

  /**
   * Opens a stage on the calling thread. {@link TrainingSession#finish} commits its layers, and is
   * idempotent: a stage that is committed already is done and commits the same again.
   *
   * @param stage the stage with the number of steps that it has now, which may differ from {@link
   *     #stages}
   * @param resume whether to go on from the stage's newest checkpoint, if there is one
   * @throws io.redraft.model.InvalidInputException if the settings, files or the folder do not
   *     allow it, or a stage that it builds upon is not committed
   */
  TrainingSession open(Stage stage, boolean resume) throws IOException;

  /** Merges what the stages have committed into a model folder, and returns it. */
  Path complete() throws IOException;
}
