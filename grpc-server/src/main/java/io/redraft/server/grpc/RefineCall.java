package io.redraft.server.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.redraft.model.InvalidInputException;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.RefineRequest;
import io.redraft.proto.v1.RefineStart;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * What a client says during one {@code Refine}: first what it wants, then edits, which go to the
 * call's {@link ClientStream}. It takes only so many edits ahead of their answers; the transport
 * holds the client back then, so that memory is bounded however fast it edits and however slowly it
 * reads. gRPC calls one method at a time.
 */
final class RefineCall implements StreamObserver<RefineRequest> {
  /** Edits that may be on their way to an answer. */
  static final int EDITS_AHEAD = 16;

  private final ServerCallStreamObserver<GenerateEvent> client;
  private final EditReader reader;
  private final Function<RefineStart, ActorRef<ClientStream.Command>> start;
  private ActorRef<ClientStream.Command> stream;
  private boolean closed;

  /**
   * A call that has not said what it wants.
   *
   * @param start starts its stream; throws what ends the call
   */
  RefineCall(
      ServerCallStreamObserver<GenerateEvent> client,
      EditReader reader,
      Function<RefineStart, ActorRef<ClientStream.Command>> start) {
    this.client = client;
    this.reader = reader;
    this.start = start;
    client.disableAutoRequest();
    client.setOnReadyHandler(() -> tell(new ClientStream.Writable()));
    client.setOnCancelHandler(() -> tell(new ClientStream.Gone()));
    client.request(1);
  }

  @Override
  public void onNext(RefineRequest request) {
    if (closed) {
      return;
    }
    if (stream == null) {
      begin(request);
    } else if (request.hasEdit()) {
      tell(new ClientStream.Edit(reader.read(request.getEdit())));
    } else {
      closed = true;
      tell(
          new ClientStream.Misused(
              request.hasStart()
                  ? InvalidInputException.of("start", "given twice", "once, in the first message")
                  : InvalidInputException.of(
                      "edit", "missing", "one in every message but the first")));
    }
  }

  private void begin(RefineRequest request) {
    try {
      if (!request.hasStart()) {
        throw InvalidInputException.of("start", "missing", "one in the first message");
      }
      stream = start.apply(request.getStart());
      client.request(EDITS_AHEAD);
    } catch (RuntimeException wrong) {
      closed = true;
      client.onError(StatusTable.ofReading(wrong));
    }
  }

  /** The client has no more edits. */
  @Override
  public void onCompleted() {
    if (stream != null) {
      tell(new ClientStream.NoMoreEdits());
    } else if (!closed) {
      closed = true;
      client.onError(
          StatusTable.of(InvalidInputException.of("start", "missing", "one in the first message")));
    }
  }

  /** The client is gone; the cancel handler says so to the stream. */
  @Override
  public void onError(Throwable gone) {
    closed = true;
  }

  private void tell(ClientStream.Command command) {
    if (stream != null) {
      stream.tell(command);
    }
  }
}
