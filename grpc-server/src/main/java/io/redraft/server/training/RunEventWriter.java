package io.redraft.server.training;

import io.redraft.actors.training.TrainingEvent;
import io.redraft.actors.training.TrainingEvent.Checkpointed;
import io.redraft.actors.training.TrainingEvent.Committed;
import io.redraft.actors.training.TrainingEvent.Ended;
import io.redraft.actors.training.TrainingEvent.Evaluated;
import io.redraft.actors.training.TrainingEvent.Failed;
import io.redraft.actors.training.TrainingEvent.Finished;
import io.redraft.actors.training.TrainingEvent.Logged;
import io.redraft.actors.training.TrainingEvent.Opened;
import io.redraft.actors.training.TrainingEvent.Paused;
import io.redraft.actors.training.TrainingEvent.Refused;
import io.redraft.actors.training.TrainingEvent.Restarting;
import io.redraft.actors.training.TrainingEvent.Resumed;
import io.redraft.actors.training.TrainingEvent.Stepped;
import io.redraft.actors.training.TrainingEvent.StepsChanged;
import io.redraft.actors.training.TrainingEvent.Stopped;
import io.redraft.model.evaluate.Evaluation;
import io.redraft.proto.v1.RunEvent;

/** Writes what happens to a run as the API tells it. {@link RunEventReader} reads it back. */
final class RunEventWriter {
  private RunEventWriter() {}

  static RunEvent write(long number, TrainingEvent event) {
    var told = RunEvent.newBuilder().setNumber(number);
    if (event instanceof Ended ended) {
      end(told, ended);
    } else if (event instanceof Opened opened) {
      told.setStageStarted(opened(opened));
    } else if (event instanceof Stepped stepped) {
      told.getSteppedBuilder().setStage(stepped.stage()).setStep(stepped.step());
    } else if (event instanceof Logged logged) {
      told.setLogged(logged(logged));
    } else if (event instanceof Evaluated found) {
      told.getEvaluatedBuilder()
          .setStage(found.stage())
          .setStep(found.step())
          .setExact(found.exact())
          .setNatsPerToken(found.natsPerToken())
          .setBitsPerByte(found.bitsPerByte())
          .setMeasure(measure(found.kind()))
          .setLowestMaskRatio(found.lowestRatio())
          .setHighestMaskRatio(found.highestRatio());
    } else if (event instanceof Checkpointed saved) {
      told.getCheckpointedBuilder().setStage(saved.stage()).setStep(saved.step());
    } else if (event instanceof Committed committed) {
      var stage =
          told.getStageCommittedBuilder()
              .setStage(committed.stage())
              .setStages(committed.stages())
              .setName(committed.name());
      if (committed.step() >= 0) {
        stage.setStep(committed.step());
      }
    } else {
      change(told, event);
    }
    return told.build();
  }

  private static void change(RunEvent.Builder told, TrainingEvent event) {
    if (event instanceof StepsChanged changed) {
      told.getStepsChangedBuilder()
          .setStage(changed.stage())
          .setFrom(changed.from())
          .setSteps(changed.steps());
    } else if (event instanceof Restarting again) {
      told.getRestartingBuilder()
          .setStage(again.stage())
          .setReason(text(again.reason()))
          .setAttempt(again.attempt())
          .setAttempts(again.attempts())
          .setBackoffMs(again.backoff().toMillis());
    } else if (event instanceof Paused paused) {
      told.getPausedBuilder().setStep(paused.step());
    } else if (event instanceof Resumed) {
      told.getResumedBuilder();
    } else {
      throw new IllegalStateException("no way to tell of " + event);
    }
  }

  private static void end(RunEvent.Builder told, Ended ended) {
    if (ended instanceof Finished finished) {
      told.getFinishedBuilder()
          .setStep(finished.step())
          .setModelFolder(text(finished.modelFolder()));
    } else if (ended instanceof Stopped stopped) {
      told.getStoppedBuilder().setStep(stopped.step());
    } else if (ended instanceof Refused refused) {
      told.getRefusedBuilder().setField(text(refused.field())).setMessage(text(refused.message()));
    } else if (ended instanceof Failed failed) {
      var failure = told.getFailedBuilder().setReason(text(failed.reason()));
      if (failed.checkpoint() >= 0) {
        failure.setCheckpoint(failed.checkpoint());
      }
    }
  }

  private static RunEvent.StageStarted opened(Opened opened) {
    return RunEvent.StageStarted.newBuilder()
        .setStage(opened.stage())
        .setStages(opened.stages())
        .setName(opened.name())
        .setDevice(opened.device())
        .setParameters(opened.parameters())
        .setTrainingTokens(opened.trainingTokens())
        .setSteps(opened.steps())
        .setFirstStep(opened.firstStep())
        .setTokensPerStep(opened.tokensPerStep())
        .setMicroBatch(opened.microBatch())
        .setPeak(opened.peak())
        .build();
  }

  private static RunEvent.Logged logged(Logged logged) {
    return RunEvent.Logged.newBuilder()
        .setStage(logged.stage())
        .setStep(logged.step())
        .setLoss(logged.loss())
        .setLearningRate(logged.learningRate())
        .setSkipped(logged.skipped())
        .setTokensPerSecond(logged.tokensPerSecond())
        .setUtilization(logged.utilization())
        .setSecondsLeft(logged.secondsLeft())
        .setMicroBatch(logged.microBatch())
        .build();
  }

  /** An exception may have no message. */
  private static String text(String text) {
    return text == null ? "" : text;
  }

  private static RunEvent.Evaluated.Measure measure(Evaluation.Kind kind) {
    return switch (kind) {
      case EXACT -> RunEvent.Evaluated.Measure.EXACT_LOSS;
      case BOUND -> RunEvent.Evaluated.Measure.BOUND;
      case MASKED_CROSS_ENTROPY -> RunEvent.Evaluated.Measure.MASKED_CROSS_ENTROPY;
    };
  }
}
