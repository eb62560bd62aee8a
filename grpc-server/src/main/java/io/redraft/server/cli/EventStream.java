package io.redraft.server.cli;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.redraft.model.InvalidInputException;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.server.grpc.StatusTable;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Events on their way from a call's thread to the command's. It takes everything at once, so that
 * even a slow terminal is shown every draft; one text's events fit in memory.
 */
final class EventStream implements StreamObserver<GenerateEvent> {
  /** An event, or the end: {@code problem} where the call failed. */
  private record Item(GenerateEvent event, Throwable problem) {}

  private final BlockingQueue<Item> items = new LinkedBlockingQueue<>();

  @Override
  public void onNext(GenerateEvent event) {
    items.add(new Item(event, null));
  }

  @Override
  public void onError(Throwable problem) {
    items.add(new Item(null, problem));
  }

  @Override
  public void onCompleted() {
    items.add(new Item(null, null));
  }

  /**
   * Hands every event to {@code sink}, in order, until the stream ends.
   *
   * @throws InvalidInputException where the request is refused for what the user asked
   * @throws IllegalStateException where it fails otherwise
   */
  void drainTo(EventSink sink) throws InterruptedException {
    Item item = items.take();
    while (item.event() != null) {
      sink.accept(item.event());
      item = items.take();
    }
    if (item.problem() instanceof StatusRuntimeException refused) {
      throw readable(refused);
    }
    if (item.problem() != null) {
      throw new IllegalStateException(item.problem());
    }
  }

  private static RuntimeException readable(StatusRuntimeException refused) {
    Status status = refused.getStatus();
    String message =
        status.getDescription() == null ? status.getCode().name() : status.getDescription();
    return switch (status.getCode()) {
      case INVALID_ARGUMENT, NOT_FOUND ->
          new InvalidInputException(StatusTable.field(refused), message);
      default -> new IllegalStateException(message);
    };
  }
}
