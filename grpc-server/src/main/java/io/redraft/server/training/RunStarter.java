package io.redraft.server.training;

import com.google.rpc.Code;
import io.redraft.actors.training.RunState;
import io.redraft.actors.training.TrainingEvent;
import io.redraft.actors.training.TrainingRunSettings;
import io.redraft.actors.training.TrainingRuns;
import io.redraft.cluster.RedraftNode;
import io.redraft.cluster.journal.FolderInUseException;
import io.redraft.model.InvalidInputException;
import io.redraft.model.train.DeviceChoice;
import io.redraft.model.train.RunFolder;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.curriculum.SingleStageRun;
import io.redraft.model.train.curriculum.StagedRun;
import io.redraft.model.train.layerwise.LayerwiseRun;
import io.redraft.proto.v1.StartRunRequest;
import io.redraft.server.grpc.StatusTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Begins runs that clients ask for, one at a time. Reads a run's data where it has a curriculum, so
 * it is called by threads that may wait.
 */
final class RunStarter {
  private final RedraftNode node;
  private final Questions ask;
  private final Object gate = new Object();
  private boolean closed;

  RunStarter(RedraftNode node, Questions ask) {
    this.node = node;
    this.ask = ask;
  }

  /** Begins no run any more. */
  void close() {
    synchronized (gate) {
      closed = true;
    }
  }

  /**
   * Begins a run; the future completes when its first stage is open, or with why it could not.
   *
   * @throws InvalidInputException if settings, data or folder do not allow it
   * @throws FolderInUseException if a run that has not ended trains in the folder
   */
  synchronized CompletableFuture<TrainingRuns.Entry> start(StartRunRequest request)
      throws IOException {
    var settings = TrainingConfig.parse("config", request.getConfig(), request.getOverridesList());
    var folder = settings.run().folder();
    var before = RunNames.in(ask.runs().join(), folder);
    before.ifPresent(entry -> refuseUnlessEnded(entry, folder));
    var stages = stages(settings, request.getResume());
    before.ifPresent(entry -> release(entry, folder));
    var first = new CompletableFuture<TrainingEvent>();
    var entry = begin(settings, stages, request.getResume(), first);
    return first.thenCompose(event -> begun(entry, event));
  }

  private TrainingRuns.Entry begin(
      TrainingConfig settings,
      StagedRun stages,
      boolean resume,
      CompletableFuture<TrainingEvent> first) {
    var how =
        TrainingRunSettings.defaults(Optional.ofNullable(settings.run().timeLimit()))
            .on(node.trainingThread(() -> DeviceChoice.of(settings.run().device())));
    synchronized (gate) {
      if (closed) { // it may have been long since the client asked
        throw StatusTable.unavailable("the process is shutting down");
      }
      return node.train(stages, how, resume, node.listener(event -> tell(first, event)));
    }
  }

  /** Neither a stage that the folder had, nor one that is tried again, says whether it begins. */
  private static void tell(CompletableFuture<TrainingEvent> first, TrainingEvent event) {
    if (event instanceof TrainingEvent.Opened
        || event instanceof TrainingEvent.Paused
        || event instanceof TrainingEvent.Ended) {
      first.complete(event);
    }
  }

  private static StagedRun stages(TrainingConfig settings, boolean resume) throws IOException {
    new RunFolder(settings.run().folder()).refuseUnless(resume);
    return settings.curriculum().none()
        ? new SingleStageRun(settings)
        : LayerwiseRun.open(settings, resume);
  }

  private void refuseUnlessEnded(TrainingRuns.Entry entry, Path folder) {
    var status = ask.state(entry).join().map(RunState::status).orElse(RunState.Status.FAILED);
    switch (status) {
      case NEW, RUNNING, PAUSED -> throw new FolderInUseException(folder);
      case STOPPED, FAILED, FINISHED -> {}
    }
  }

  private void release(TrainingRuns.Entry entry, Path folder) {
    if (!ask.release(entry).join().free()) {
      throw new FolderInUseException(folder); // it is still on its way to its end
    }
  }

  /** A run that could not begin is forgotten, and its folder let go, before the client hears. */
  private CompletableFuture<TrainingRuns.Entry> begun(
      TrainingRuns.Entry entry, TrainingEvent first) {
    RuntimeException problem;
    if (first instanceof TrainingEvent.Refused refused) {
      problem = new InvalidInputException(refused.field(), refused.message());
    } else if (first instanceof TrainingEvent.Failed failed) {
      problem = StatusTable.of(Code.FAILED_PRECONDITION, "", failed.reason());
    } else {
      return CompletableFuture.completedFuture(entry);
    }
    return ask.release(entry)
        .thenCompose(released -> CompletableFuture.<TrainingRuns.Entry>failedFuture(problem));
  }
}
