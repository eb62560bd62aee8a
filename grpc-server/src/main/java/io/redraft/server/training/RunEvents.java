package io.redraft.server.training;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.redraft.proto.v1.RunEvent;
import io.redraft.proto.v1.WatchRunRequest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/**
 * Events on their way from a call's thread to a listener. So many are asked for ahead that a
 * terminal may stop for a while without one giving way.
 */
final class RunEvents implements ClientResponseObserver<WatchRunRequest, RunEvent> {
  private static final int AHEAD = 4096;

  private final Consumer<RunEvent> listener;
  private final CompletableFuture<RunEvent> ended = new CompletableFuture<>();
  private ClientCallStreamObserver<WatchRunRequest> call;
  private RunEvent last = RunEvent.getDefaultInstance();

  RunEvents(Consumer<RunEvent> listener) {
    this.listener = listener;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<WatchRunRequest> started) {
    call = started;
    call.disableAutoRequestWithInitial(AHEAD);
  }

  @Override
  public void onNext(RunEvent event) {
    last = event;
    try {
      listener.accept(event);
    } catch (RuntimeException | Error failed) {
      ended.completeExceptionally(failed); // its own, rather than the status that gRPC makes of it
      throw failed;
    }
    call.request(1);
  }

  @Override
  public void onError(Throwable problem) {
    ended.completeExceptionally(problem);
  }

  @Override
  public void onCompleted() {
    ended.complete(last);
  }

  /** Lets the server end the stream, where it has not; whoever waits here waits no longer. */
  void cancel() {
    call.cancel("nobody waits for the events any more", null);
  }

  /**
   * Waits for the end of the stream.
   *
   * @return its last event
   * @throws StatusRuntimeException where the call failed
   */
  RunEvent last() throws InterruptedException {
    try {
      return ended.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) e.getCause();
    }
  }
}
