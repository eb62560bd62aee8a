package io.redraft.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.GenerationGrpc;
import io.redraft.proto.v1.ResumeRequest;
import io.redraft.proto.v1.Segment;
import io.redraft.server.watch.Canvas;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections that break, and clients that come back, through generated stubs and a real port. */
@Timeout(60)
class ResumeTest {
  private static final int MASKS = 20;

  private static GenerateRequest.Builder request() {
    return GenerateRequest.newBuilder()
        .addSegments(Segment.newBuilder().setText("x"))
        .addSegments(Segment.newBuilder().setMask(MASKS))
        .setResumable(true);
  }

  private static ManagedChannel connect(Node node) {
    return NettyChannelBuilder.forAddress("localhost", node.server.port()).usePlaintext().build();
  }

  /** What one call is told. */
  private static final class Reader implements StreamObserver<GenerateEvent> {
    final LinkedBlockingQueue<GenerateEvent> arrived = new LinkedBlockingQueue<>();
    final CompletableFuture<Status> end = new CompletableFuture<>();
    final List<GenerateEvent> events = new ArrayList<>();

    GenerateEvent await(Predicate<GenerateEvent> kind) throws InterruptedException {
      while (true) {
        var event = arrived.poll(20, TimeUnit.SECONDS);
        assertThat(event).as("an event in time, after %s", events).isNotNull();
        events.add(event);
        if (kind.test(event)) {
          return event;
        }
      }
    }

    /** Everything up to the end, which must be of this kind. */
    List<GenerateEvent> toTheEnd(Code code) throws Exception {
      assertThat(end.get(20, TimeUnit.SECONDS).getCode()).isEqualTo(code);
      arrived.drainTo(events);
      return events;
    }

    long number() {
      return events.get(events.size() - 1).getNumber();
    }

    @Override
    public void onNext(GenerateEvent event) {
      arrived.add(event);
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

  private static Reader generate(ManagedChannel channel, GenerateRequest request) {
    var reader = new Reader();
    GenerationGrpc.newStub(channel).generate(request, reader);
    return reader;
  }

  private static Reader resume(ManagedChannel channel, String stream, long after) {
    var reader = new Reader();
    GenerationGrpc.newStub(channel).resume(ask(stream, after), reader);
    return reader;
  }

  private static ResumeRequest ask(String stream, long after) {
    return ResumeRequest.newBuilder().setStreamId(stream).setAfter(after).build();
  }

  private static StatusRuntimeException refusal(Node node, String stream, long after) {
    return catchThrowableOfType(
        StatusRuntimeException.class,
        () ->
            GenerationGrpc.newBlockingStub(node.channel)
                .resume(ask(stream, after))
                .forEachRemaining(event -> {}));
  }

  private static String opened(Reader reader) throws InterruptedException {
    var event = reader.await(all -> true);
    assertThat(event.getNumber()).isZero();
    assertThat(event.getOpened().getResumeWindowMs()).isEqualTo(30_000);
    return event.getOpened().getStreamId();
  }

  private static void assertFoldsToTheText(List<GenerateEvent> events) {
    var canvas = new Canvas();
    events.forEach(canvas::apply);
    assertThat(canvas.decided().toStringUtf8())
        .isEqualTo("x" + AlphabetModel.text(1, MASKS + 1))
        .isEqualTo(events.get(events.size() - 1).getFinal().getText());
  }

  @Test
  void aClientWhoseConnectionBreaksGoesOnWithItsTextOverAnotherOne() throws Exception {
    var model = new AlphabetModel(new Semaphore(3));
    try (var node = new Node(model)) {
      var broken = connect(node);
      var first = generate(broken, request().build());
      var stream = opened(first);
      first.await(event -> event.getCommit().getStep() == 2);
      broken.shutdownNow(); // in the middle: the third step is told to nobody, or too late
      model.release(4); // the text goes on meanwhile

      var second = resume(node.channel, stream, first.number());
      second.await(GenerateEvent::hasCommit);
      model.release(MASKS);
      var rest = second.toTheEnd(Code.OK);

      assertThat(rest)
          .extracting(GenerateEvent::getNumber)
          .isSorted()
          .doesNotHaveDuplicates()
          .allMatch(number -> number > first.number());
      var all = new ArrayList<>(first.events);
      all.addAll(rest);
      assertFoldsToTheText(all);
      assertThat(model.forwards()).as("no step was taken twice").isEqualTo(MASKS);
    }
  }

  @Test
  void aTextThatEndedWithoutItsClientIsToldExactlyAsItWas() throws Exception {
    try (var node = new Node(new AlphabetModel())) {
      var first = generate(node.channel, request().build());
      var stream = opened(first);
      var told = first.toTheEnd(Code.OK);
      var again = resume(node.channel, stream, 0).toTheEnd(Code.OK);
      assertThat(again)
          .isEqualTo(told.stream().filter(e -> !e.hasDraft() && !e.hasOpened()).toList());
      var end = told.get(told.size() - 1);
      assertThat(resume(node.channel, stream, end.getNumber()).toTheEnd(Code.OK))
          .containsExactly(end);
    }
  }

  @Test
  void theFirstOfTwoClientsIsToldThatItsStreamWasTakenOver() throws Exception {
    var model = new AlphabetModel(new Semaphore(1));
    try (var node = new Node(model)) {
      var first = generate(node.channel, request().build());
      var stream = opened(first);
      first.await(GenerateEvent::hasDraft);
      var second = resume(node.channel, stream, 0);
      assertThat(first.end.get(20, TimeUnit.SECONDS).getCode()).isEqualTo(Code.ABORTED);
      assertThat(first.end.get().getDescription()).contains("another client");
      model.release(MASKS);
      assertFoldsToTheText(second.toTheEnd(Code.OK));
    }
  }

  @Test
  void aTextWithoutAClientForTheWindowIsCancelledAndItsPlaceFree() throws Exception {
    var model = new AlphabetModel(new Semaphore(1));
    var settings = Map.of("redraft.serving.max-sessions", 1, "redraft.serving.max-queued", 0);
    try (var node = new Node(model, settings)) {
      var reader = new Reader();
      var stream = new CompletableFuture<String>();
      try (var call = Context.current().withCancellation()) {
        call.run(
            () ->
                GenerationGrpc.newStub(node.channel)
                    .generate(request().setResumeWindowMs(1).build(), reader));
        stream.complete(reader.await(GenerateEvent::hasOpened).getOpened().getStreamId());
        reader.await(GenerateEvent::hasDraft);
      }
      StatusRuntimeException late;
      do { // until the window has passed; asking does not begin it anew while it is too late
        late = refusal(node, stream.get(), Long.MAX_VALUE);
      } while (late.getStatus().getCode() == Code.INVALID_ARGUMENT);
      assertThat(late.getStatus().getCode()).isEqualTo(Code.NOT_FOUND);
      assertThat(StatusTable.field(late)).isEqualTo("stream_id");

      Reader next;
      do {
        next = generate(node.channel, request().setResumable(false).build());
        next.end.completeOnTimeout(Status.UNKNOWN, 100, TimeUnit.MILLISECONDS).get();
      } while (next.end.get().getCode() == Code.RESOURCE_EXHAUSTED);
      assertThat(next.await(all -> true).getCommit().getPinned()).isTrue();
      model.release(MASKS + 2);
      next.await(GenerateEvent::hasFinal);
    }
  }

  @Test
  void wrongNamesNumbersAndCombinationsNameTheirField() throws Exception {
    try (var node = new Node(new AlphabetModel())) {
      var unknown = refusal(node, "f".repeat(32), 0);
      assertThat(unknown.getStatus().getCode()).isEqualTo(Code.NOT_FOUND);
      assertThat(StatusTable.field(unknown)).isEqualTo("stream_id");
      assertThat(refusal(node, "", 0).getStatus().getCode()).isEqualTo(Code.NOT_FOUND);

      var first = generate(node.channel, request().build());
      var stream = opened(first);
      long last = first.toTheEnd(Code.OK).get(first.events.size() - 1).getNumber();
      var beyond = refusal(node, stream, last + 1);
      assertThat(beyond.getStatus().getCode()).isEqualTo(Code.INVALID_ARGUMENT);
      assertThat(StatusTable.field(beyond)).isEqualTo("after");
      assertThat(beyond.getStatus().getDescription()).contains("0 to " + last);

      assertWrong(node, request().setResumable(false).setResumeWindowMs(5), "resume_window_ms");
      assertWrong(node, request().setResumeWindowMs(0), "resume_window_ms");
    }
    try (var node = new Node(new AlphabetModel(), Map.of("redraft.serving.resume-window", "0 s"))) {
      assertWrong(node, request(), "resumable");
    }
  }

  @Test
  void aTextThatIsEditedCannotBeResumable() throws Exception {
    try (var node = new Node(new AlphabetModel())) {
      var client = new RefineClient(node);
      client.call.onNext(
          io.redraft.proto.v1.RefineRequest.newBuilder()
              .setStart(io.redraft.proto.v1.RefineStart.newBuilder().setRequest(request()))
              .build());
      var refused = (StatusRuntimeException) client.end();
      assertThat(refused.getStatus().getCode()).isEqualTo(Code.INVALID_ARGUMENT);
      assertThat(refused.getStatus().getDescription()).contains("false in Refine");
    }
  }

  private static void assertWrong(Node node, GenerateRequest.Builder request, String field) {
    var refused =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                GenerationGrpc.newBlockingStub(node.channel)
                    .generate(request.build())
                    .forEachRemaining(event -> {}));
    assertThat(refused.getStatus().getCode()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(StatusTable.field(refused)).isEqualTo(field);
  }
}
