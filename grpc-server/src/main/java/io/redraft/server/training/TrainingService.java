package io.redraft.server.training;

import com.google.rpc.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.redraft.actors.training.RunAnswer;
import io.redraft.actors.training.TrainingEvent;
import io.redraft.actors.training.TrainingRun;
import io.redraft.actors.training.TrainingRuns;
import io.redraft.cluster.RedraftNode;
import io.redraft.cluster.journal.FolderInUseException;
import io.redraft.model.InvalidInputException;
import io.redraft.proto.v1.ListRunsRequest;
import io.redraft.proto.v1.ListRunsResponse;
import io.redraft.proto.v1.PauseRunRequest;
import io.redraft.proto.v1.PauseRunResponse;
import io.redraft.proto.v1.ResumeRunRequest;
import io.redraft.proto.v1.ResumeRunResponse;
import io.redraft.proto.v1.Run;
import io.redraft.proto.v1.RunEvent;
import io.redraft.proto.v1.SetStageStepsRequest;
import io.redraft.proto.v1.SetStageStepsResponse;
import io.redraft.proto.v1.StartRunRequest;
import io.redraft.proto.v1.StopRunRequest;
import io.redraft.proto.v1.TrainingGrpc;
import io.redraft.proto.v1.WatchRunRequest;
import io.redraft.server.grpc.StatusTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Props;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code redraft.v1.Training}: the runs of a node, each watched by {@link WatchStream}s. */
public final class TrainingService extends TrainingGrpc.TrainingImplBase {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingService.class);

  private final RedraftNode node;
  private final Questions ask;
  private final RunStarter starter;
  private final int unread;
  private final AtomicLong watchers = new AtomicLong();

  /**
   * A service over the runs of a node that was started for training.
   *
   * @param unread the most events that wait for a watcher
   */
  TrainingService(RedraftNode node, int unread) {
    this.node = node;
    this.unread = unread;
    this.ask = new Questions(node);
    this.starter = new RunStarter(node, ask);
  }

  /** Refuses to begin runs from now on: the process is ending. */
  void beginNoMore() {
    starter.close();
  }

  @Override
  public void startRun(StartRunRequest request, StreamObserver<Run> client) {
    CompletableFuture<TrainingRuns.Entry> started;
    try {
      started = starter.start(request);
    } catch (Exception | OutOfMemoryError problem) { // such a text may be larger than the heap
      client.onError(status(problem));
      return;
    }
    answer(
        client,
        started
            .thenCompose(this::describe)
            .thenApply(
                run ->
                    run.orElseThrow(
                        () -> StatusTable.unavailable("the run ended as soon as it had begun"))));
  }

  @Override
  public void listRuns(ListRunsRequest request, StreamObserver<ListRunsResponse> client) {
    answer(client, ask.runs().thenCompose(this::describe));
  }

  private CompletableFuture<ListRunsResponse> describe(List<TrainingRuns.Entry> entries) {
    var runs = entries.stream().map(this::describe).toList();
    return CompletableFuture.allOf(runs.toArray(CompletableFuture[]::new))
        .thenApply(
            all -> {
              var list = ListRunsResponse.newBuilder();
              runs.forEach(run -> run.join().ifPresent(list::addRuns));
              return list.build();
            });
  }

  private CompletableFuture<Optional<Run>> describe(TrainingRuns.Entry entry) {
    return ask.state(entry).thenApply(known -> known.map(state -> RunWriter.write(entry, state)));
  }

  @Override
  public void watchRun(WatchRunRequest request, StreamObserver<RunEvent> observer) {
    var client = (ServerCallStreamObserver<RunEvent>) observer;
    TrainingRuns.Entry entry;
    try {
      entry = find(request.getRun()).join();
    } catch (RuntimeException problem) {
      client.onError(status(problem));
      return;
    }
    var after = request.hasAfter() ? OptionalLong.of(request.getAfter()) : OptionalLong.empty();
    // Handlers can be set only before this method returns; hence no callback here.
    ActorRef<WatchStream.Command> stream =
        node.system()
            .systemActorOf(
                WatchStream.create(entry, node.training(), after, unread, client),
                "run-watcher-" + watchers.incrementAndGet(),
                Props.empty());
    client.setOnReadyHandler(() -> stream.tell(new WatchStream.Writable()));
    client.setOnCancelHandler(() -> stream.tell(new WatchStream.Gone()));
  }

  @Override
  public void pauseRun(PauseRunRequest request, StreamObserver<PauseRunResponse> client) {
    var done = PauseRunResponse.getDefaultInstance();
    answer(client, steer(request.getRun(), TrainingRun.Pause::new, done));
  }

  @Override
  public void resumeRun(ResumeRunRequest request, StreamObserver<ResumeRunResponse> client) {
    var done = ResumeRunResponse.getDefaultInstance();
    answer(client, steer(request.getRun(), TrainingRun.Resume::new, done));
  }

  @Override
  public void setStageSteps(
      SetStageStepsRequest request, StreamObserver<SetStageStepsResponse> client) {
    var done = SetStageStepsResponse.getDefaultInstance();
    answer(
        client,
        steer(
            request.getRun(),
            replyTo -> new TrainingRun.SetSteps(request.getStage(), request.getSteps(), replyTo),
            done));
  }

  @Override
  public void stopRun(StopRunRequest request, StreamObserver<RunEvent> client) {
    CompletableFuture<TrainingEvent.Ended> ended =
        find(request.getRun()).thenCompose(run -> ask.steer(run, TrainingRun.Stop::new));
    answer(client, ended.thenApply(end -> RunEventWriter.write(0, end)));
  }

  private CompletableFuture<TrainingRuns.Entry> find(String run) {
    return ask.runs().thenApply(runs -> RunNames.find(runs, run));
  }

  private <T> CompletableFuture<T> steer(
      String run, Function<ActorRef<RunAnswer>, TrainingRun.Command> command, T done) {
    CompletableFuture<RunAnswer> answered =
        find(run).thenCompose(entry -> ask.steer(entry, command));
    return answered.thenApply(
        answer -> {
          if (answer instanceof RunAnswer.Refused refused) {
            // What a run is about just now is no argument of the client's.
            var code =
                refused.field().equals("run") ? Code.FAILED_PRECONDITION : Code.INVALID_ARGUMENT;
            throw StatusTable.of(code, refused.field(), refused.message());
          }
          return done;
        });
  }

  private static <T> void answer(StreamObserver<T> client, CompletableFuture<T> coming) {
    coming.whenComplete(
        (value, problem) -> {
          if (problem != null) {
            client.onError(status(problem));
          } else {
            client.onNext(value);
            client.onCompleted();
          }
        });
  }

  private static StatusRuntimeException status(Throwable problem) {
    var cause = problem instanceof CompletionException ? problem.getCause() : problem;
    if (cause instanceof StatusRuntimeException status) {
      return status;
    }
    if (cause instanceof FolderInUseException inUse) {
      return StatusTable.of(Code.ALREADY_EXISTS, inUse.field(), inUse.getMessage());
    }
    if (cause instanceof InvalidInputException wrong) {
      return StatusTable.of(wrong);
    }
    if (cause instanceof TimeoutException) {
      return StatusTable.of(Code.DEADLINE_EXCEEDED, "", "the run does not answer");
    }
    if (cause instanceof OutOfMemoryError) {
      return StatusTable.of(Code.FAILED_PRECONDITION, "", "out of memory");
    }
    if (cause instanceof IOException || cause instanceof UncheckedIOException) {
      var io = cause instanceof UncheckedIOException wrapped ? wrapped.getCause() : cause;
      return StatusTable.of(Code.FAILED_PRECONDITION, "", TrainingEvent.Failed.reason(io));
    }
    LOG.error("A request about runs failed: {}", cause.toString(), cause);
    return StatusTable.internal();
  }
}
