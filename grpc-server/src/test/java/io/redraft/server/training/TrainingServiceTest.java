package io.redraft.server.training;

import static io.redraft.server.training.HostedRuns.ENDLESS;
import static io.redraft.server.training.HostedRuns.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.redraft.proto.v1.ListRunsRequest;
import io.redraft.proto.v1.PauseRunRequest;
import io.redraft.proto.v1.ResumeRunRequest;
import io.redraft.proto.v1.Run;
import io.redraft.proto.v1.RunEvent.EventCase;
import io.redraft.proto.v1.RunStatus;
import io.redraft.proto.v1.SetStageStepsRequest;
import io.redraft.proto.v1.StartRunRequest;
import io.redraft.proto.v1.StopRunRequest;
import io.redraft.proto.v1.TrainingGrpc;
import io.redraft.server.grpc.StatusTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class TrainingServiceTest {
  private static final String SETTINGS =
      """
      run: {seed: 3, device: cpu, compute: float32}
      model: {width: 16, layers: 1, heads: 2, feed_forward_width: 32, context: 16}
      tokenizer: {kind: bytes}
      data: {format: synthetic, validation: 0.01}
      training: {steps: 100000000, batch: 4, log_every: 1, evaluate_every: 99999999, checkpoint_every: 99999999}
      """;

  @TempDir Path root;
  private final HostedRuns host = new HostedRuns();
  private final TrainingGrpc.TrainingBlockingStub training = host.training;

  @AfterEach
  void close() {
    host.close();
  }

  private Path folder() {
    return root.resolve("tiny");
  }

  private StartRunRequest.Builder request() {
    return StartRunRequest.newBuilder().setConfig(SETTINGS).addOverrides("run.folder=" + folder());
  }

  private Run listed() {
    return training.listRuns(ListRunsRequest.getDefaultInstance()).getRuns(0);
  }

  private static StatusRuntimeException refusal(ThrowingCallable call) {
    return catchThrowableOfType(StatusRuntimeException.class, call);
  }

  @Test
  void aRunIsWatchedPausedResumedStoppedAndFinishedByAnotherStart() throws IOException {
    var run = training.startRun(request().build());
    assertThat(run.getName()).isEqualTo("tiny");
    assertThat(run.getFolder()).isEqualTo(folder().toString());
    assertThat(run.getStatus()).isEqualTo(RunStatus.RUN_STATUS_RUNNING);
    var events = host.watch("tiny");
    assertThat(events.next().getRun().getId()).isEqualTo(run.getId());
    var opened = events.next();
    assertThat(opened.getStageStarted().getSteps()).isEqualTo(ENDLESS);
    assertThat(opened.getStageStarted().getTokensPerStep()).isEqualTo(64);
    var logged = await(events, EventCase.LOGGED).getLogged();

    training.pauseRun(PauseRunRequest.newBuilder().setRun(run.getId()).build());
    var paused = await(events, EventCase.PAUSED).getPaused().getStep();
    assertThat(paused).isPositive();
    assertThat(listed().getStatus()).isEqualTo(RunStatus.RUN_STATUS_PAUSED);
    assertThat(listed().getStages(0).getCheckpoint()).isEqualTo(paused);

    training.resumeRun(ResumeRunRequest.newBuilder().setRun(folder().toString()).build());
    var again = await(events, EventCase.STAGE_STARTED).getStageStarted();
    assertThat(again.getFirstStep()).isEqualTo(paused);
    await(events, EventCase.STEPPED);
    training.setStageSteps(
        SetStageStepsRequest.newBuilder().setRun("tiny").setStage(1).setSteps(ENDLESS / 2).build());
    assertThat(await(events, EventCase.STEPS_CHANGED).getStepsChanged().getSteps())
        .isEqualTo(ENDLESS / 2);
    var late = host.watch("tiny");
    late.next();
    assertThat(late.next().getStageStarted().getSteps()).isEqualTo(ENDLESS / 2);

    var stopped = training.stopRun(StopRunRequest.newBuilder().setRun("tiny").build());
    var end = await(events, EventCase.STOPPED);
    assertThat(end.getStopped()).isEqualTo(stopped.getStopped());
    assertThat(end.getStopped().getStep()).isGreaterThan(paused);
    assertThat(events.hasNext()).isFalse();
    assertThat(logged.getLoss()).isEqualTo(recordedLoss(logged.getStep()));
    var after = host.watch("tiny");
    assertThat(after.next().getRun().getStatus()).isEqualTo(RunStatus.RUN_STATUS_STOPPED);
    assertThat(after.next()).isEqualTo(end);
    assertThat(after.hasNext()).isFalse();

    var resumed = training.startRun(request().setResume(true).build());
    assertThat(resumed.getId()).isEqualTo(run.getId());
    var rest = host.watch("tiny");
    await(rest, EventCase.STEPPED);
    training.setStageSteps(
        SetStageStepsRequest.newBuilder().setRun("tiny").setStage(1).setSteps(1).build());
    var finished = await(rest, EventCase.FINISHED).getFinished();
    assertThat(finished.getStep()).isGreaterThan(end.getStopped().getStep());
    assertThat(Path.of(finished.getModelFolder()).resolve("model.safetensors")).exists();
    assertThat(training.listRuns(ListRunsRequest.getDefaultInstance()).getRunsList()).hasSize(1);
    assertThat(listed().getStatus()).isEqualTo(RunStatus.RUN_STATUS_FINISHED);
  }

  /** As the run's folder has it; which step a watcher meets first is a matter of time. */
  private double recordedLoss(long step) throws IOException {
    for (var line : Files.readAllLines(folder().resolve("metrics.jsonl"))) {
      var recorded = new ObjectMapper().readTree(line);
      if (recorded.path("step").asLong() == step && recorded.has("loss")) {
        return recorded.path("loss").asDouble();
      }
    }
    throw new AssertionError("no loss of step " + step);
  }

  @Test
  void aFolderInWhichARunTrainsIsTaken() {
    training.startRun(request().build());
    for (var resume : new boolean[] {false, true}) {
      var taken = refusal(() -> training.startRun(request().setResume(resume).build()));
      assertThat(taken.getStatus().getCode()).isEqualTo(Status.Code.ALREADY_EXISTS);
      assertThat(StatusTable.field(taken)).isEqualTo("run.folder");
      assertThat(taken.getStatus().getDescription()).contains(folder().toString());
    }
    training.stopRun(StopRunRequest.newBuilder().setRun("tiny").build());
    var pause = PauseRunRequest.newBuilder().setRun("tiny").build();
    var late = refusal(() -> training.pauseRun(pause));
    assertThat(late.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(late.getStatus().getDescription())
        .isEqualTo("run is stopped; allowed: one that trains");
    var began = refusal(() -> training.startRun(request().build()));
    assertThat(began.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(began.getStatus().getDescription()).contains("it holds a run at step");
    assertThat(listed().getStatus()).isEqualTo(RunStatus.RUN_STATUS_STOPPED);
  }

  @Test
  void wrongSettingsAreRefusedWithTheirKeyAndLeaveNothing() {
    var unknown =
        refusal(() -> training.startRun(request().addOverrides("optimizer.clap=1").build()));
    assertThat(unknown.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(StatusTable.field(unknown)).isEqualTo("optimizer.clap");
    assertThat(unknown.getStatus().getDescription()).startsWith("unknown key optimizer.clap;");
    // Found only when the stage is opened, by the run itself.
    var missing =
        refusal(
            () ->
                training.startRun(
                    request()
                        .addOverrides("data.format=file")
                        .addOverrides("data.files=[no.txt]")
                        .build()));
    assertThat(missing.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(missing.getStatus().getDescription()).contains("no.txt is missing");
    assertThat(folder()).doesNotExist();
  }

  @Test
  void aRunThatIsNotHereIsNotFound() {
    var watched = refusal(() -> host.watch("nobody").next());
    assertThat(watched.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(watched.getStatus().getDescription())
        .isEqualTo("run is nobody; allowed: none; there is no run here");
    var run = training.startRun(request().build());
    var stopped =
        refusal(() -> training.stopRun(StopRunRequest.newBuilder().setRun("nobody").build()));
    assertThat(stopped.getStatus().getDescription())
        .isEqualTo("run is nobody; allowed: %s (%s)".formatted(run.getId(), folder()));
    assertThat(StatusTable.field(stopped)).isEqualTo("run");
  }

  @Test
  void healthSaysThatRunsCanBeSteered() {
    var service = HealthCheckRequest.newBuilder().setService(TrainingGrpc.SERVICE_NAME).build();
    assertThat(HealthGrpc.newBlockingStub(host.training.getChannel()).check(service).getStatus())
        .isEqualTo(ServingStatus.SERVING);
  }

  @Test
  void anEndingProcessStopsItsRunsAndTellsTheirWatchers() {
    training.startRun(request().build());
    var events = host.watch("tiny");
    await(events, EventCase.STEPPED);
    host.server.close();
    await(events, EventCase.STOPPED);
    assertThat(events.hasNext()).isFalse();
  }
}
