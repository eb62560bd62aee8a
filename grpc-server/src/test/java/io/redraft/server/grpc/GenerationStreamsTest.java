package io.redraft.server.grpc;

import static io.redraft.server.grpc.Calls.blocking;
import static io.redraft.server.grpc.Calls.collect;
import static io.redraft.server.grpc.Calls.last;
import static io.redraft.server.grpc.Calls.refusal;
import static io.redraft.server.grpc.Calls.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.redraft.proto.v1.Final;
import io.redraft.proto.v1.FinishReason;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.GenerateEvent.EventCase;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.GenerationGrpc;
import io.redraft.server.watch.Canvas;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GenerationStreamsTest {
  @Test
  void commitsFoldToTheFinalTextAndEventsAreInOrder() throws Exception {
    try (var node = new Node(new AlphabetModel())) {
      List<GenerateEvent> events = collect(node, request("ab[MASK]", 20).setSeed(5).build());

      assertThat(events).extracting(GenerateEvent::getNumber).isSorted().doesNotHaveDuplicates();
      assertThat(events.get(0).getCommit().getPinned()).isTrue();
      assertThat(events).filteredOn(GenerateEvent::hasFinal).containsExactly(last(events));
      assertThat(events).anyMatch(GenerateEvent::hasDraft);
      Final end = last(events).getFinal();
      assertThat(end.getText()).isEqualTo("ab[MASK]" + AlphabetModel.text(8, 28));
      assertThat(fold(events).decided().toStringUtf8()).isEqualTo(end.getText());
      assertThat(end.getReason()).isEqualTo(FinishReason.FINISH_REASON_LENGTH);
      assertThat(end.getSeed()).isEqualTo(5);
      assertThat(end.getUsage().getPromptTokens()).isEqualTo(8);
      assertThat(end.getUsage().getGeneratedTokens()).isEqualTo(20);
      assertThat(end.getUsage().getSteps()).as("one a mask, by default").isEqualTo(20);
      assertThat(end.getUsage().getTokensPerForward()).isEqualTo(1.0);
    }
  }

  @Test
  void requestsWithoutASeedAreToldTheOnesTheyGot() throws Exception {
    try (var node = new Node(new AlphabetModel())) {
      Set<Long> seeds = new HashSet<>();
      for (int i = 0; i < 5; i++) {
        seeds.add(last(collect(node, request("", 1).build())).getFinal().getSeed());
      }
      assertThat(seeds).as("drawn from 2^32").hasSizeGreaterThan(1);
    }
  }

  @Test
  void draftsCanBeLeftOut() throws Exception {
    try (var node = new Node(new AlphabetModel())) {
      var events = collect(node, request("x", 30).setOmitDrafts(true).build());
      assertThat(events).noneMatch(GenerateEvent::hasDraft);
      assertThat(fold(events).open()).isZero();
    }
  }

  @Test
  void aSlowReaderGetsEveryCommitAndFewerDrafts() throws Exception {
    int masks = 400;
    try (var node = new Node(new AlphabetModel())) {
      var request = request("", masks);
      request.getDecodingBuilder().setSteps(masks);
      var reader = new SlowReader(node, request.build());

      // Nothing is read until the text is finished: a second request, served alike, is the clock.
      var eager = collect(node, request.build());
      var slow = reader.readToTheEnd();

      assertThat(commits(slow)).isEqualTo(commits(eager)).hasSize(masks);
      assertThat(drafts(slow)).isLessThan(drafts(eager) / 2);
      assertThat(fold(slow).decided().toStringUtf8())
          .isEqualTo(last(slow).getFinal().getText())
          .isEqualTo(AlphabetModel.text(0, masks));
      assertThat(slow).extracting(GenerateEvent::getNumber).isSorted().doesNotHaveDuplicates();
    }
  }

  @Test
  void aTextWaitsForAReaderThatStallsAndGoesOnWithItWithoutALoss() throws Exception {
    int masks = 400;
    var model = new AlphabetModel();
    try (var node = new Node(model, Map.of("redraft.serving.max-unread", "8 KiB"))) {
      var request = request("", masks);
      request.getDecodingBuilder().setSteps(masks);
      var reader = new SlowReader(node, request.build());
      int steps = 0;
      do { // other texts are the clock: after one in which it took no step it stands still
        steps = model.forwards();
        collect(node, request("", 4).build());
      } while (model.forwards() > steps + 4);
      assertThat(steps).as("steps of a text that nobody reads").isLessThan(masks);

      var events = reader.readToTheEnd();
      assertThat(commits(events)).hasSize(masks);
      assertThat(fold(events).decided().toStringUtf8())
          .isEqualTo(last(events).getFinal().getText())
          .isEqualTo(AlphabetModel.text(0, masks));
    }
  }

  @Test
  void aClientThatVanishesFreesItsPlaceAtTheNextStep() throws Exception {
    var model = new AlphabetModel(new Semaphore(2));
    try (var node = new Node(model, 1, 0)) {
      var request = request("", 100);
      request.getDecodingBuilder().setSteps(100);
      try (var call = Context.current().withCancellation()) {
        call.run(() -> blocking(node).generate(request.build()).next());
        var full = refusal(node, request("", 1).build());
        assertThat(full.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      } // the client is gone; its third forward is in flight

      var next = takeThePlace(node);
      model.release(2); // the forward in flight, and the new text's own
      assertThat(last(next.get(20, TimeUnit.SECONDS)).getFinal().getText()).isEqualTo("xb");
      assertThat(model.forwards()).as("97 steps were never taken").isEqualTo(4);
    }
  }

  @Test
  void aDeadlineEndsTheTextAndFreesItsPlace() throws Exception {
    var model = new AlphabetModel(new Semaphore(1));
    try (var node = new Node(model, 1, 0)) {
      var late =
          catchThrowableOfType(
              StatusRuntimeException.class,
              () ->
                  blocking(node)
                      .withDeadlineAfter(200, TimeUnit.MILLISECONDS)
                      .generate(request("", 50).build())
                      .forEachRemaining(event -> {}));
      assertThat(late.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);

      var next = takeThePlace(node);
      model.release(2);
      assertThat(last(next.get(20, TimeUnit.SECONDS)).getFinal().getText()).isEqualTo("xb");
      assertThat(model.forwards()).isEqualTo(3);
    }
  }

  @Test
  void drainingFinishesWhatIsInFlightAndTakesNothingNew() throws Exception {
    var model = new AlphabetModel(new Semaphore(1));
    try (var node = new Node(model)) {
      var events = new LinkedBlockingQueue<GenerateEvent>();
      Thread client =
          new Thread(
              () -> blocking(node).generate(request("", 6).build()).forEachRemaining(events::add));
      client.start();
      events.take(); // the first step is taken, the text is in flight
      assertThat(health(node)).isEqualTo(ServingStatus.SERVING);

      var drained =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return node.server.drain(Duration.ofSeconds(30));
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      var refused = awaitRefusal(node);
      assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(drained).isNotDone();

      model.release(100);
      assertThat(drained.get(30, TimeUnit.SECONDS)).isTrue();
      client.join();
      assertThat(events).anyMatch(GenerateEvent::hasFinal);
    }
  }

  private static ServingStatus health(Node node) {
    return HealthGrpc.newBlockingStub(node.channel)
        .check(HealthCheckRequest.newBuilder().setService(GenerationGrpc.SERVICE_NAME).build())
        .getStatus();
  }

  private static StatusRuntimeException awaitRefusal(Node node) {
    StatusRuntimeException refused = null;
    while (refused == null) {
      try {
        health(node);
      } catch (StatusRuntimeException closed) {
        refused = closed;
      }
    }
    return refused;
  }

  /**
   * Asks for one token after "x" until there is a place for it. The fixed text is told before the
   * first forward, so this needs no step to be taken.
   */
  private static CompletableFuture<List<GenerateEvent>> takeThePlace(Node node) {
    while (true) {
      Iterator<GenerateEvent> stream = blocking(node).generate(request("x", 1).build());
      try {
        List<GenerateEvent> events = new ArrayList<>(List.of(stream.next()));
        return CompletableFuture.supplyAsync(
            () -> {
              stream.forEachRemaining(events::add);
              return events;
            });
      } catch (StatusRuntimeException refused) {
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      }
    }
  }

  private static Canvas fold(List<GenerateEvent> events) {
    Canvas canvas = new Canvas();
    events.forEach(canvas::apply);
    return canvas;
  }

  private static List<GenerateEvent> commits(List<GenerateEvent> events) {
    return events.stream().filter(e -> e.getEventCase() == EventCase.COMMIT).toList();
  }

  private static long drafts(List<GenerateEvent> events) {
    return events.stream().filter(GenerateEvent::hasDraft).count();
  }

  /** A client that opens a call and reads nothing until it is told to. */
  private static final class SlowReader extends ClientCall.Listener<GenerateEvent> {
    private final ClientCall<GenerateRequest, GenerateEvent> call;
    private final LinkedBlockingQueue<GenerateEvent> arrived = new LinkedBlockingQueue<>();
    private final CompletableFuture<Status> closed = new CompletableFuture<>();

    SlowReader(Node node, GenerateRequest request) {
      call = node.channel.newCall(GenerationGrpc.getGenerateMethod(), io.grpc.CallOptions.DEFAULT);
      call.start(this, new Metadata());
      call.sendMessage(request);
      call.halfClose();
    }

    List<GenerateEvent> readToTheEnd() throws Exception {
      call.request(Integer.MAX_VALUE);
      assertThat(closed.get(30, TimeUnit.SECONDS).isOk()).isTrue();
      return List.copyOf(arrived);
    }

    @Override
    public void onMessage(GenerateEvent event) {
      arrived.add(event);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      closed.complete(status);
    }
  }
}
