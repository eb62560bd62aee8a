package io.redraft.actors.training;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import io.redraft.proto.persisted.PlannedStage;
import io.redraft.proto.persisted.RunFailed;
import io.redraft.proto.persisted.RunFinished;
import io.redraft.proto.persisted.RunPaused;
import io.redraft.proto.persisted.RunResumed;
import io.redraft.proto.persisted.RunSnapshot;
import io.redraft.proto.persisted.RunStarted;
import io.redraft.proto.persisted.RunStopped;
import io.redraft.proto.persisted.StageCheckpointed;
import io.redraft.proto.persisted.StageCommitted;
import io.redraft.proto.persisted.StageStarted;
import io.redraft.proto.persisted.StepsChanged;
import java.io.NotSerializableException;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * Writes a run's journal as Protocol Buffers, {@code redraft/persisted/training.proto}. The
 * identifier and the manifests lie in databases: they never change, and a new kind of event gets a
 * new manifest.
 */
public final class JournalSerializer extends SerializerWithStringManifest {
  private static final int IDENTIFIER = 7_301;

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object object) {
    if (object instanceof JournalledEvent.RunStarted) {
      return "run-started";
    } else if (object instanceof JournalledEvent.StageStarted) {
      return "stage-started";
    } else if (object instanceof JournalledEvent.StageCheckpointed) {
      return "stage-checkpointed";
    } else if (object instanceof JournalledEvent.StageCommitted) {
      return "stage-committed";
    } else if (object instanceof JournalledEvent.StepsChanged) {
      return "steps-changed";
    } else if (object instanceof JournalledEvent.RunPaused) {
      return "run-paused";
    } else if (object instanceof JournalledEvent.RunResumed) {
      return "run-resumed";
    } else if (object instanceof JournalledEvent.RunStopped) {
      return "run-stopped";
    } else if (object instanceof JournalledEvent.RunFailed) {
      return "run-failed";
    } else if (object instanceof JournalledEvent.RunFinished) {
      return "run-finished";
    } else if (object instanceof RunState) {
      return "run-snapshot";
    }
    throw new IllegalArgumentException("not of a run's journal: " + object.getClass().getName());
  }

  @Override
  public byte[] toBinary(Object object) {
    return (object instanceof RunState state
            ? SnapshotFormat.write(state)
            : message((JournalledEvent) object))
        .toByteArray();
  }

  private static MessageLite message(JournalledEvent event) {
    if (event instanceof JournalledEvent.RunStarted started) {
      var message = RunStarted.newBuilder();
      started.stages().forEach(stage -> message.addStages(planned(stage)));
      return message.build();
    } else if (event instanceof JournalledEvent.StageStarted started) {
      return StageStarted.newBuilder().setStage(started.stage()).build();
    } else if (event instanceof JournalledEvent.StageCheckpointed saved) {
      return StageCheckpointed.newBuilder().setStage(saved.stage()).setStep(saved.step()).build();
    } else if (event instanceof JournalledEvent.StageCommitted committed) {
      return StageCommitted.newBuilder()
          .setStage(committed.stage())
          .setStep(committed.step())
          .build();
    } else if (event instanceof JournalledEvent.StepsChanged changed) {
      return StepsChanged.newBuilder()
          .setStage(changed.stage())
          .setFrom(changed.from())
          .setSteps(changed.steps())
          .setIdle(changed.idle())
          .build();
    } else if (event instanceof JournalledEvent.RunPaused) {
      return RunPaused.getDefaultInstance();
    } else if (event instanceof JournalledEvent.RunResumed) {
      return RunResumed.getDefaultInstance();
    } else if (event instanceof JournalledEvent.RunStopped) {
      return RunStopped.getDefaultInstance();
    } else if (event instanceof JournalledEvent.RunFailed failed) {
      return RunFailed.newBuilder().setReason(failed.reason()).build();
    }
    return RunFinished.newBuilder()
        .setFolder(((JournalledEvent.RunFinished) event).folder())
        .build();
  }

  static PlannedStage planned(JournalledEvent.PlannedStage stage) {
    return PlannedStage.newBuilder()
        .setNumber(stage.number())
        .setName(stage.name())
        .setSteps(stage.steps())
        .setIndependent(stage.independent())
        .build();
  }

  static JournalledEvent.PlannedStage planned(PlannedStage stage) {
    return new JournalledEvent.PlannedStage(
        stage.getNumber(), stage.getName(), stage.getSteps(), stage.getIndependent());
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    try {
      return read(bytes, manifest);
    } catch (InvalidProtocolBufferException e) {
      throw new NotSerializableException(manifest + " of a run's journal: " + e.getMessage());
    }
  }

  private static Object read(byte[] bytes, String manifest)
      throws InvalidProtocolBufferException, NotSerializableException {
    return switch (manifest) {
      case "run-started" ->
          new JournalledEvent.RunStarted(
              RunStarted.parseFrom(bytes).getStagesList().stream()
                  .map(JournalSerializer::planned)
                  .toList());
      case "stage-started" ->
          new JournalledEvent.StageStarted(StageStarted.parseFrom(bytes).getStage());
      case "stage-checkpointed" -> {
        var saved = StageCheckpointed.parseFrom(bytes);
        yield new JournalledEvent.StageCheckpointed(saved.getStage(), saved.getStep());
      }
      case "stage-committed" -> {
        var committed = StageCommitted.parseFrom(bytes);
        yield new JournalledEvent.StageCommitted(committed.getStage(), committed.getStep());
      }
      case "steps-changed" -> {
        var changed = StepsChanged.parseFrom(bytes);
        yield new JournalledEvent.StepsChanged(
            changed.getStage(), changed.getFrom(), changed.getSteps(), changed.getIdle());
      }
      case "run-paused" -> new JournalledEvent.RunPaused();
      case "run-resumed" -> new JournalledEvent.RunResumed();
      case "run-stopped" -> new JournalledEvent.RunStopped();
      case "run-failed" -> new JournalledEvent.RunFailed(RunFailed.parseFrom(bytes).getReason());
      case "run-finished" ->
          new JournalledEvent.RunFinished(RunFinished.parseFrom(bytes).getFolder());
      case "run-snapshot" -> SnapshotFormat.read(RunSnapshot.parseFrom(bytes));
      default ->
          throw new NotSerializableException(
              manifest + " is no event that this version knows; a newer one wrote it");
    };
  }
}
