package io.redraft.server.training;

import static io.redraft.server.training.HostedRuns.ENDLESS;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.redraft.proto.v1.RunEvent;
import io.redraft.proto.v1.RunEvent.EventCase;
import io.redraft.proto.v1.WatchRunRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A client that watches a run over a real connection, and does not read. */
@Timeout(180)
class SlowWatcherTest {
  @TempDir Path root;

  /** Asks for one event, and for no other before it is told to. */
  private static final class Sleeper implements ClientResponseObserver<WatchRunRequest, RunEvent> {
    final List<RunEvent> events = new ArrayList<>();
    final CompletableFuture<Void> joined = new CompletableFuture<>();
    final CompletableFuture<Throwable> ended = new CompletableFuture<>();
    private ClientCallStreamObserver<WatchRunRequest> call;

    @Override
    public void beforeStart(ClientCallStreamObserver<WatchRunRequest> started) {
      call = started;
      call.disableAutoRequestWithInitial(1);
    }

    void wakeUp() {
      call.request(Integer.MAX_VALUE);
    }

    @Override
    public void onNext(RunEvent event) {
      events.add(event);
      joined.complete(null);
    }

    @Override
    public void onError(Throwable problem) {
      ended.complete(problem);
    }

    @Override
    public void onCompleted() {
      ended.complete(null);
    }
  }

  private static Sleeper sleeper(HostedRuns host) {
    var sleeper = new Sleeper();
    host.async().watchRun(WatchRunRequest.newBuilder().setRun("tiny").build(), sleeper);
    sleeper.joined.join();
    return sleeper;
  }

  /** Reads until whoever does not read must have been sent more than windows and buffers hold. */
  private static void awaitMoreThanIsHeld(Iterator<RunEvent> events) {
    for (long told = 0; told < 2 * HostedRuns.UNREAD_BYTES; ) {
      told += events.next().getSerializedSize();
    }
  }

  private static List<RunEvent> only(List<RunEvent> events, EventCase kind) {
    return events.stream().filter(event -> event.getEventCase() == kind).toList();
  }

  @Test
  void losesStepsAndMetricsAndNothingElseAndHoldsNobodyUp() {
    try (var host = new HostedRuns()) {
      host.training.startRun(HostedRuns.curriculum(root.resolve("tiny")));
      var slow = sleeper(host);
      var fast = host.watch("tiny");
      awaitMoreThanIsHeld(fast);
      List<RunEvent> read = new ArrayList<>();
      for (long change = 1; change <= 20; change++) {
        host.setSteps("tiny", 1, ENDLESS - change);
      }
      host.setSteps("tiny", 2, 3);
      host.setSteps("tiny", 1, 1);
      fast.forEachRemaining(read::add); // the run ends although one does not read
      assertThat(slow.events).hasSize(1);

      slow.wakeUp();
      assertThat(slow.ended.join()).isNull();
      var told = slow.events;
      assertThat(told).extracting(RunEvent::getNumber).isSorted().doesNotHaveDuplicates();
      for (var kind :
          List.of(EventCase.STEPS_CHANGED, EventCase.STAGE_COMMITTED, EventCase.FINISHED)) {
        assertThat(only(told, kind)).as(kind.name()).isEqualTo(only(read, kind)).isNotEmpty();
      }
      assertThat(only(told, EventCase.STEPS_CHANGED)).hasSize(22);
      assertThat(only(told, EventCase.STAGE_COMMITTED)).hasSize(3);
      assertThat(told.get(told.size() - 1).hasFinished()).isTrue();
      var steps = only(told, EventCase.STAGE_COMMITTED).get(0).getStageCommitted().getStep();
      assertThat((long) only(told, EventCase.STEPPED).size()).isLessThan(steps);
    }
  }

  @Test
  void isSentAwayWhereMoreWaitsThanIsKeptForIt() {
    int unread = 8;
    try (var small = new HostedRuns(unread)) {
      small.training.startRun(HostedRuns.curriculum(root.resolve("tiny")));
      var slow = sleeper(small);
      awaitMoreThanIsHeld(small.watch("tiny"));
      for (long steps = 1; steps <= unread + 1; steps++) {
        small.setSteps("tiny", 2, steps);
      }
      slow.wakeUp();
      assertThat(Status.fromThrowable(slow.ended.join()).getCode())
          .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      var back = small.watch("tiny"); // as the status says
      assertThat(back.next().getRun().getStages(1).getSteps()).isEqualTo(unread + 1);
    }
  }
}
