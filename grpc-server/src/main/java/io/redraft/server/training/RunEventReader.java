package io.redraft.server.training;

import io.redraft.actors.training.TrainingEvent;
import io.redraft.model.evaluate.Evaluation;
import io.redraft.proto.v1.RunEvent;
import java.time.Duration;
import java.util.Optional;

/** Reads what {@link RunEventWriter} wrote. */
public final class RunEventReader {
  private RunEventReader() {}

  /** The event; nothing where it only tells where the run is, or is of a later version's kind. */
  public static Optional<TrainingEvent> read(RunEvent told) {
    return Optional.ofNullable(event(told));
  }

  private static TrainingEvent event(RunEvent told) {
    return switch (told.getEventCase()) {
      case STAGE_STARTED -> opened(told.getStageStarted());
      case STEPPED ->
          new TrainingEvent.Stepped(told.getStepped().getStage(), told.getStepped().getStep());
      case LOGGED -> logged(told.getLogged());
      case EVALUATED -> evaluated(told.getEvaluated());
      case CHECKPOINTED ->
          new TrainingEvent.Checkpointed(
              told.getCheckpointed().getStage(), told.getCheckpointed().getStep());
      case STAGE_COMMITTED -> committed(told.getStageCommitted());
      case STEPS_CHANGED -> changed(told.getStepsChanged());
      case RESTARTING -> restarting(told.getRestarting());
      case PAUSED -> new TrainingEvent.Paused(told.getPaused().getStep());
      case RESUMED -> new TrainingEvent.Resumed();
      case FINISHED ->
          new TrainingEvent.Finished(
              told.getFinished().getStep(), told.getFinished().getModelFolder());
      case STOPPED -> new TrainingEvent.Stopped(told.getStopped().getStep());
      case REFUSED ->
          new TrainingEvent.Refused(told.getRefused().getField(), told.getRefused().getMessage());
      case FAILED ->
          new TrainingEvent.Failed(
              told.getFailed().getReason(),
              told.getFailed().hasCheckpoint() ? told.getFailed().getCheckpoint() : -1);
      case RUN, EVENT_NOT_SET -> null;
    };
  }

  private static TrainingEvent.Opened opened(RunEvent.StageStarted stage) {
    return new TrainingEvent.Opened(
        stage.getStage(),
        stage.getStages(),
        stage.getName(),
        stage.getDevice(),
        stage.getParameters(),
        stage.getTrainingTokens(),
        stage.getSteps(),
        stage.getFirstStep(),
        stage.getTokensPerStep(),
        stage.getMicroBatch(),
        stage.getPeak());
  }

  private static TrainingEvent.Logged logged(RunEvent.Logged line) {
    return new TrainingEvent.Logged(
        line.getStage(),
        line.getStep(),
        line.getLoss(),
        line.getLearningRate(),
        line.getSkipped(),
        line.getTokensPerSecond(),
        line.getUtilization(),
        line.getSecondsLeft(),
        line.getMicroBatch());
  }

  private static TrainingEvent.Evaluated evaluated(RunEvent.Evaluated found) {
    if (found.getMeasure() == RunEvent.Evaluated.Measure.MASKED_CROSS_ENTROPY) {
      return new TrainingEvent.Evaluated(
          found.getStage(),
          found.getStep(),
          Evaluation.Kind.MASKED_CROSS_ENTROPY,
          found.getLowestMaskRatio(),
          found.getHighestMaskRatio(),
          found.getNatsPerToken(),
          found.getBitsPerByte());
    }
    return new TrainingEvent.Evaluated(
        found.getStage(),
        found.getStep(),
        found.getExact(),
        found.getNatsPerToken(),
        found.getBitsPerByte());
  }

  private static TrainingEvent.Committed committed(RunEvent.StageCommitted stage) {
    return new TrainingEvent.Committed(
        stage.getStage(),
        stage.getStages(),
        stage.getName(),
        stage.hasStep() ? stage.getStep() : -1);
  }

  private static TrainingEvent.StepsChanged changed(RunEvent.StepsChanged change) {
    return new TrainingEvent.StepsChanged(change.getStage(), change.getFrom(), change.getSteps());
  }

  private static TrainingEvent.Restarting restarting(RunEvent.Restarting again) {
    return new TrainingEvent.Restarting(
        again.getStage(),
        again.getReason(),
        again.getAttempt(),
        again.getAttempts(),
        Duration.ofMillis(again.getBackoffMs()));
  }
}
