package io.redraft.model.train.curriculum;

import io.redraft.model.train.RunFolder;
import io.redraft.model.train.Trainer;
import io.redraft.model.train.TrainingSession;
import io.redraft.model.train.config.TrainingConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A run that trains the whole network at once, as a run of one stage. Its stage commits by writing
 * the model folder, which a run that was left early has, too; so nothing counts as committed, and
 * opening the stage again, at its last checkpoint, makes sure that the model is the finished one.
 *
 * @param config what the run's file says
 */
public record SingleStageRun(TrainingConfig config) implements StagedRun {
  /** The name of the stage. */
  public static final String END_TO_END = "end-to-end";

  @Override
  public Path folder() {
    return config.run().folder();
  }

  @Override
  public List<Stage> stages() {
    var blocks = new BlockSpan(0, config.model().layers());
    return List.of(
        new Stage(
            1,
            END_TO_END,
            Stage.Kind.JOINT,
            blocks,
            blocks,
            true,
            true,
            0,
            1,
            config.training().steps(),
            Mechanics.PLAIN));
  }

  @Override
  public List<Integer> committed() {
    return List.of();
  }

  @Override
  public TrainingSession open(Stage stage, boolean resume) throws IOException {
    var session = Trainer.open(config, resume);
    if (stage.steps() != config.training().steps()) {
      session.changeSteps(stage.steps());
    }
    return session;
  }

  @Override
  public Path complete() {
    return new RunFolder(folder()).model();
  }
}
