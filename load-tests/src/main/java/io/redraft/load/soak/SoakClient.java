package io.redraft.load.soak;

import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.redraft.load.soak.MixedRequests.Kind;
import io.redraft.load.soak.MixedRequests.Mixed;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.GenerationGrpc;
import io.redraft.proto.v1.ResumeRequest;
import io.redraft.server.watch.Canvas;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * One request at a time, as its kind says. It folds what it is told and compares it with the final
 * text; an end that the kind does not allow is an error.
 */
final class SoakClient {
  private static final int PATIENCE_SECONDS = 120;

  private final Channel channel;

  /** A client on a channel. */
  SoakClient(Channel channel) {
    this.channel = channel;
  }

  /** Asks, and waits until the call is over. */
  void ask(Mixed mixed) {
    var call = Context.ROOT.withCancellation();
    var reader = new Reader(mixed.kind(), call);
    var stub = GenerationGrpc.newStub(channel);
    var timed =
        mixed.kind() == Kind.LATE
            ? stub.withDeadlineAfter(1, TimeUnit.MILLISECONDS)
            : stub.withDeadline(Deadline.after(PATIENCE_SECONDS, TimeUnit.SECONDS));
    call.run(() -> timed.generate(mixed.request(), reader));
    var end = reader.end.join();
    if (mixed.kind() == Kind.RESUMED && !end.isOk()) {
      var rest = new Reader(reader);
      stub.resume(
          ResumeRequest.newBuilder().setStreamId(reader.stream).setAfter(reader.number).build(),
          rest);
      end = rest.end.join();
    }
    call.cancel(null);
    check(mixed.kind(), end);
  }

  private static void check(Kind kind, Status end) {
    var code = end.getCode();
    boolean expected =
        switch (kind) {
          case READ, RESUMED -> code == Status.Code.OK;
          case CANCELLED -> code == Status.Code.CANCELLED || code == Status.Code.OK;
          // One step may be enough for the end of text.
          case LIMITED -> code == Status.Code.RESOURCE_EXHAUSTED || code == Status.Code.OK;
          case WRONG -> code == Status.Code.INVALID_ARGUMENT;
          case LATE -> code == Status.Code.DEADLINE_EXCEEDED || code == Status.Code.OK;
        };
    if (!expected) {
      throw new IllegalStateException("a request of kind " + kind + " ended with " + end);
    }
  }

  /** Folds one stream; breaks it off where the kind says so. */
  private static final class Reader implements StreamObserver<GenerateEvent> {
    private final CompletableFuture<Status> end = new CompletableFuture<>();
    private final Context.CancellableContext call;
    private final boolean breaks;
    private final Canvas canvas;
    private String stream = "";
    private long number;

    Reader(Kind kind, Context.CancellableContext call) {
      this.call = call;
      this.breaks = kind == Kind.CANCELLED || kind == Kind.RESUMED;
      this.canvas = new Canvas();
    }

    /** Goes on where another one was. */
    Reader(Reader before) {
      this.call = null;
      this.breaks = false;
      this.canvas = before.canvas;
    }

    @Override
    public void onNext(GenerateEvent event) {
      number = event.getNumber();
      canvas.apply(event);
      if (event.hasOpened()) {
        stream = event.getOpened().getStreamId();
      } else if (event.hasFinal()
          && !canvas.decided().toStringUtf8().startsWith(event.getFinal().getText())) {
        end.complete(Status.DATA_LOSS.withDescription("events do not fold to the text"));
      } else if (breaks) {
        call.cancel(null);
      }
    }

    @Override
    public void onError(Throwable problem) {
      end.complete(Status.fromThrowable(problem));
    }

    @Override
    public void onCompleted() {
      end.complete(Status.OK);
    }
  }
}
