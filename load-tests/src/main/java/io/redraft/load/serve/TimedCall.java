package io.redraft.load.serve;

import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.GenerationGrpc;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** One call whose events are timed as they arrive, and that can be given up. */
final class TimedCall implements ClientResponseObserver<GenerateRequest, GenerateEvent> {
  private final CompletableFuture<Long> admitted = new CompletableFuture<>();
  private final CompletableFuture<Long> firstDraft = new CompletableFuture<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final ConcurrentHashMap<Integer, CompletableFuture<Long>> steps =
      new ConcurrentHashMap<>();
  private volatile ClientCallStreamObserver<GenerateRequest> call;

  private TimedCall() {}

  /** Asks for a text, which must begin with fixed text: its commit tells that it has a place. */
  static TimedCall start(Channel channel, GenerateRequest request) {
    var call = new TimedCall();
    GenerationGrpc.newStub(channel).generate(request, call);
    return call;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<GenerateRequest> stream) {
    call = stream;
  }

  @Override
  public void onNext(GenerateEvent event) {
    long now = System.nanoTime();
    switch (event.getEventCase()) {
      case COMMIT -> {
        if (event.getCommit().getPinned()) {
          admitted.complete(now);
        } else {
          step(event.getCommit().getStep()).complete(now);
        }
      }
      case DRAFT -> firstDraft.complete(now);
      default -> {}
    }
  }

  @Override
  public void onError(Throwable problem) {
    admitted.completeExceptionally(problem);
    firstDraft.completeExceptionally(problem);
    steps.values().forEach(step -> step.completeExceptionally(problem));
    ended.complete(null);
  }

  @Override
  public void onCompleted() {
    onError(new IllegalStateException("the text was finished before what was waited for"));
  }

  private CompletableFuture<Long> step(int number) {
    return steps.computeIfAbsent(number, n -> new CompletableFuture<>());
  }

  /** Waits for the moment at which it had a place. */
  long awaitAdmitted() {
    return admitted.join();
  }

  /** Waits for the moment at which the first draft arrived. */
  long awaitFirstDraft() {
    return firstDraft.join();
  }

  /** Waits until a step has been taken that commits something. */
  long awaitStep(int number) {
    return step(number).join();
  }

  boolean isAdmitted() {
    return admitted.isDone();
  }

  /** Gives it up; the moment at which it did. */
  long cancel() {
    long now = System.nanoTime();
    call.cancel("no longer wanted", null);
    return now;
  }

  /** Waits until the call has ended, whichever way. */
  void awaitEnd() {
    ended.join();
  }
}
