package io.redraft.server.training;

import static io.redraft.server.training.HostedRuns.ENDLESS;
import static io.redraft.server.training.HostedRuns.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.redraft.model.checkpoint.LayerStore;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.proto.v1.ListRunsRequest;
import io.redraft.proto.v1.PauseRunRequest;
import io.redraft.proto.v1.ResumeRunRequest;
import io.redraft.proto.v1.RunEvent;
import io.redraft.proto.v1.RunEvent.EventCase;
import io.redraft.proto.v1.RunStatus;
import io.redraft.proto.v1.StopRunRequest;
import io.redraft.server.grpc.StatusTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs of several stages, and several runs, as a client of the API sees and steers them. */
@Timeout(180)
class CurriculumOverGrpcTest {
  private static final EnumSet<EventCase> GIVING_WAY =
      EnumSet.of(EventCase.STEPPED, EventCase.LOGGED, EventCase.EVALUATED, EventCase.CHECKPOINTED);

  @TempDir Path root;
  private final HostedRuns host = new HostedRuns();

  @AfterEach
  void close() {
    host.close();
  }

  private static List<RunEvent> rest(Iterator<RunEvent> events) {
    List<RunEvent> rest = new ArrayList<>();
    events.forEachRemaining(rest::add);
    return rest;
  }

  /** What never gives way, as it came. */
  private static List<RunEvent> kept(List<RunEvent> events) {
    return events.stream().filter(event -> !GIVING_WAY.contains(event.getEventCase())).toList();
  }

  @Test
  void aCurriculumIsPausedResumedGivenOtherStepsAndFinished() {
    var folder = root.resolve("tiny");
    var run = host.training.startRun(HostedRuns.curriculum(folder));
    assertThat(run.getStagesList())
        .extracting(stage -> stage.getNumber() + " of " + stage.getSteps())
        .containsExactly("1 of " + ENDLESS, "2 of " + ENDLESS, "3 of 4");
    var events = host.watchAfter("tiny", 0);
    await(events, EventCase.STEPPED);

    host.training.pauseRun(PauseRunRequest.newBuilder().setRun("tiny").build());
    var paused = await(events, EventCase.PAUSED).getPaused().getStep();
    assertThat(paused).isPositive();
    var list = host.training.listRuns(ListRunsRequest.getDefaultInstance());
    assertThat(list.getRuns(0).getStatus()).isEqualTo(RunStatus.RUN_STATUS_PAUSED);
    assertThat(list.getRuns(0).getStages(0).getCheckpoint()).isEqualTo(paused);
    host.setSteps("tiny", 2, 7); // of a stage that has not begun
    assertThat(await(events, EventCase.STEPS_CHANGED).getStepsChanged().getStage()).isEqualTo(2);

    host.training.resumeRun(ResumeRunRequest.newBuilder().setRun("tiny").build());
    var again = await(events, EventCase.STAGE_STARTED).getStageStarted();
    assertThat(again.getFirstStep()).isEqualTo(paused);
    await(events, EventCase.STEPPED);
    host.setSteps("tiny", 1, 1); // fewer than it took: it ends here

    var rest = rest(events);
    var committed = rest.stream().filter(RunEvent::hasStageCommitted).toList();
    assertThat(committed)
        .extracting(event -> event.getStageCommitted().getStage())
        .containsExactly(1, 2, 3);
    assertThat(committed.get(0).getStageCommitted().getStep()).isGreaterThan(paused);
    assertThat(committed.get(1).getStageCommitted().getStep()).isEqualTo(7);
    assertThat(committed.get(2).getStageCommitted().getStep()).isEqualTo(4);
    var end = rest.get(rest.size() - 1).getFinished();
    assertThat(end.getStep()).isEqualTo(4);
    assertThat(ModelFolder.open(Path.of(end.getModelFolder())).config().layers()).isEqualTo(2);
    assertThat(LayerStore.open(folder.resolve("layers")).committed()).containsExactly(1, 2, 3);
  }

  @Test
  void whoComesLateIsToldEverythingThatWasKeptAndWhoComesBackTheRest() {
    host.training.startRun(HostedRuns.curriculum(root.resolve("tiny")));
    var early = host.watchAfter("tiny", 0);
    assertThat(early.next().hasRun()).isTrue();
    await(early, EventCase.STEPPED);
    host.setSteps("tiny", 1, 1);
    host.setSteps("tiny", 2, 5);
    var all = kept(rest(early));
    assertThat(all).extracting(RunEvent::getEventCase).endsWith(EventCase.FINISHED);

    var late = rest(host.watchAfter("tiny", 0));
    assertThat(late.get(0).getRun().getStatus()).isEqualTo(RunStatus.RUN_STATUS_FINISHED);
    assertThat(late.get(1).getNumber()).isEqualTo(1); // nothing is told before a stage is open
    assertThat(late.get(1).getStageStarted().getStage()).isEqualTo(1);
    assertThat(late).extracting(RunEvent::getNumber).isSorted();
    assertThat(kept(late)).containsAll(all);

    var seen = all.get(1).getNumber();
    var back = kept(rest(host.watchAfter("tiny", seen)));
    assertThat(back.subList(1, back.size())) // behind where the run is
        .isEqualTo(all.stream().filter(event -> event.getNumber() > seen).toList());
    assertThat(rest(host.watch("tiny")))
        .extracting(RunEvent::getEventCase)
        .containsExactly(EventCase.RUN, EventCase.FINISHED);
  }

  @Test
  void twoRunsTrainAtOnceAndANameThatBothHaveIsRefusedWithBoth() {
    var first = host.training.startRun(HostedRuns.curriculum(root.resolve("a/tiny")));
    var second = host.training.startRun(HostedRuns.curriculum(root.resolve("b/tiny")));
    // After the second has begun, the first still steps.
    await(host.watch(second.getId()), EventCase.STEPPED);
    await(host.watch(first.getId()), EventCase.STEPPED);

    var stop = StopRunRequest.newBuilder().setRun("tiny").build();
    var refusal =
        catchThrowableOfType(StatusRuntimeException.class, () -> host.training.stopRun(stop));
    assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(StatusTable.field(refusal)).isEqualTo("run");
    assertThat(refusal.getStatus().getDescription())
        .isEqualTo(
            "run is tiny, which 2 runs are called; allowed: %s (%s), %s (%s)",
            first.getId(), root.resolve("a/tiny"), second.getId(), root.resolve("b/tiny"));

    host.training.stopRun(StopRunRequest.newBuilder().setRun(first.getId()).build());
    await(host.watch(second.getId()), EventCase.STEPPED);
    assertThat(host.training.listRuns(ListRunsRequest.getDefaultInstance()).getRunsList())
        .extracting(run -> run.getId() + " " + run.getStatus())
        .containsExactly(
            first.getId() + " RUN_STATUS_STOPPED", second.getId() + " RUN_STATUS_RUNNING");
  }

  @Test
  void aStartIsAnsweredWhenAStageIsOpenThoughTheFolderHadOthersBefore() throws IOException {
    var folder = root.resolve("tiny");
    host.training.startRun(HostedRuns.curriculum(folder));
    var events = host.watch("tiny");
    await(events, EventCase.STEPPED);
    host.setSteps("tiny", 1, 1);
    await(events, EventCase.STAGE_COMMITTED);
    await(events, EventCase.STEPPED);
    host.training.stopRun(StopRunRequest.newBuilder().setRun("tiny").build());
    var copy = root.resolve("copy");
    copyWithoutJournal(folder, copy);

    var request = HostedRuns.curriculum(copy).toBuilder().setResume(true).build();
    var run = host.training.startRun(request);
    assertThat(run.getStages(0).getCommitted()).isTrue();
    assertThat(run.getStages(1).getStarted()).isTrue();
  }

  private static void copyWithoutJournal(Path folder, Path copy) throws IOException {
    try (var files = Files.walk(folder)) {
      for (var file : files.toList()) {
        var name = folder.relativize(file);
        if (!name.startsWith("journal") && !name.startsWith("run-id")) {
          Files.copy(file, copy.resolve(name));
        }
      }
    }
  }
}
