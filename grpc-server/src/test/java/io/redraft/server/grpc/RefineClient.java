package io.redraft.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.redraft.proto.v1.ClientEdit;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.GenerationGrpc;
import io.redraft.proto.v1.RefineRequest;
import io.redraft.proto.v1.RefineStart;
import io.redraft.proto.v1.Segment;
import io.redraft.server.watch.Canvas;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A client of {@code Refine} that folds what it is told. */
final class RefineClient implements ClientResponseObserver<RefineRequest, GenerateEvent> {
  private final LinkedBlockingQueue<GenerateEvent> arrived = new LinkedBlockingQueue<>();
  private final CompletableFuture<Throwable> closed = new CompletableFuture<>();
  private final boolean reads;
  final List<GenerateEvent> events = new ArrayList<>();
  final Canvas canvas = new Canvas();
  ClientCallStreamObserver<RefineRequest> call;
  long number;

  /** A client that has not said what it wants. */
  RefineClient(Node node, boolean reads) {
    this.reads = reads;
    GenerationGrpc.newStub(node.channel).refine(this);
  }

  RefineClient(Node node) {
    this(node, true);
  }

  /** Asks for so many tokens after a text. */
  RefineClient start(String text, int masks, boolean keepOpen) {
    var request =
        GenerateRequest.newBuilder()
            .addSegments(Segment.newBuilder().setText(text))
            .addSegments(Segment.newBuilder().setMask(masks));
    call.onNext(
        RefineRequest.newBuilder()
            .setStart(RefineStart.newBuilder().setRequest(request).setKeepOpen(keepOpen))
            .build());
    return this;
  }

  void edit(ClientEdit.Builder edit) {
    call.onNext(RefineRequest.newBuilder().setEdit(edit).build());
  }

  /** The next event of this kind; those before it are folded, too. */
  GenerateEvent await(Predicate<GenerateEvent> kind) throws InterruptedException {
    while (true) {
      var event = arrived.poll(20, TimeUnit.SECONDS);
      assertThat(event).as("an event in time, after %s", events).isNotNull();
      assertThat(event.getNumber()).isGreaterThan(number);
      number = event.getNumber();
      events.add(event);
      canvas.apply(event);
      if (kind.test(event)) {
        return event;
      }
    }
  }

  /** The end of the stream; null where it is no failure. */
  Throwable end() throws Exception {
    return closed.get(20, TimeUnit.SECONDS);
  }

  static ClientEdit.Span.Builder span(int from, int length) {
    return ClientEdit.Span.newBuilder().setFrom(from).setLength(length);
  }

  static ClientEdit.Builder pin(long id, int from, int length) {
    return ClientEdit.newBuilder()
        .setId(id)
        .setPin(ClientEdit.Pin.newBuilder().setSpan(span(from, length)));
  }

  static ClientEdit.Builder reopen(long id, int from, int length) {
    return ClientEdit.newBuilder()
        .setId(id)
        .setReopen(ClientEdit.Reopen.newBuilder().setSpan(span(from, length)));
  }

  static ClientEdit.Builder replace(long id, int from, int length, String text) {
    return ClientEdit.newBuilder()
        .setId(id)
        .setReplace(ClientEdit.Replace.newBuilder().setSpan(span(from, length)).setText(text));
  }

  static ClientEdit.Builder extend(long id, int count) {
    return ClientEdit.newBuilder()
        .setId(id)
        .setExtend(ClientEdit.Extend.newBuilder().setCount(count));
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<RefineRequest> stream) {
    call = stream;
    if (!reads) {
      stream.disableAutoRequestWithInitial(0);
    }
  }

  @Override
  public void onNext(GenerateEvent event) {
    arrived.add(event);
  }

  @Override
  public void onError(Throwable problem) {
    closed.complete(problem);
  }

  @Override
  public void onCompleted() {
    closed.complete(null);
  }
}
