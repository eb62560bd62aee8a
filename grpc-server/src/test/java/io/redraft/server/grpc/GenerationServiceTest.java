package io.redraft.server.grpc;

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
import io.redraft.model.decode.DecodeOptions;
import io.redraft.proto.v1.Cache;
import io.redraft.proto.v1.Decoding;
import io.redraft.proto.v1.Final;
import io.redraft.proto.v1.FinishReason;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.GenerateEvent.EventCase;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.GenerationGrpc;
import io.redraft.proto.v1.GetModelRequest;
import io.redraft.proto.v1.ListModelsRequest;
import io.redraft.proto.v1.ModelsGrpc;
import io.redraft.proto.v1.RevealPolicy;
import io.redraft.proto.v1.Segment;
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
import java.util.function.Consumer;
import org.apache.pekko.actor.PoisonPill;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GenerationServiceTest {
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
  void wrongRequestsNameTheFieldAndWhatIsAllowed() throws Exception {
    try (var node = new Node(new AlphabetModel())) {
      assertInvalid(node, request("", 4), d -> d.setTemperature(-1), "temperature", "-1.0");
      assertInvalid(node, request("", 4), d -> d.setSteps(0), "steps", "1 or more");
      assertInvalid(node, request("", 4), d -> d.setTopP(0), "top_p", "more than 0");
      assertInvalid(node, request("", 4), d -> d.setTopK(-1), "top_k", "4294967295");
      assertInvalid(node, request("", 4), d -> d.setPolicyValue(99), "policy", "99");
      assertInvalid(node, request("", 4), d -> d.setGridValue(9), "grid", "9");
      assertInvalid(node, request("", 4), d -> d.setThreshold(0.5), "threshold", "policy");
      assertInvalid(
          node,
          request("", 4),
          d -> d.setPolicy(RevealPolicy.REVEAL_POLICY_THRESHOLD).setThreshold(1.5),
          "threshold",
          "1.5");
      assertInvalid(node, request("", 4), d -> d.setFactor(0.5), "factor", "policy");
      assertInvalid(node, request("", 4), d -> d.setGamma(0.5), "gamma", "policy");
      assertInvalid(node, request("", 4), d -> d.setRemask(2), "remask", "2.0");
      assertInvalid(node, request("", 4), d -> d.setCache(Cache.CACHE_DUAL), "cache", "dual");
      assertInvalid(node, request("", 4), d -> d.setCacheValue(7), "cache", "7");
      assertInvalid(node, request("", 4), d -> d.setConfidenceStop(0), "confidence_stop", "0.0");
      assertInvalid(node, request("", 4), d -> d.setGuidance(1), "guidance", "no fixed text");
      assertInvalid(node, request("x", 4), d -> d.setGuidance(-1), "guidance", "0 (off) to 10");
      assertInvalid(
          node, request("x", 4), d -> d.setGuidanceScheduleValue(2), "guidance_schedule", "only");
      assertInvalid(node, request("x", 4), d -> d.setPatience(0), "patience", "1 or more");
      assertInvalid(node, request("x", 4), d -> d.setMinTokens(5), "min_tokens", "at most 4");
      assertInvalid(node, request("x", 4), d -> d.setBlock(6), "block", "at most 5, the canvas");
      assertInvalid(
          node,
          request("x", 4),
          d -> d.setPolicy(RevealPolicy.REVEAL_POLICY_FIRST_HITTING).setRemask(0.5),
          "remask",
          "first-hitting");
      assertInvalid(node, request("x".repeat(600), 1), d -> {}, "prompt", "600 tokens");
      assertInvalid(node, request("x", 600), d -> {}, "length", "600 tokens");
      assertInvalid(node, GenerateRequest.newBuilder(), d -> {}, "mask", "1 mask or more");
      assertInvalid(
          node,
          GenerateRequest.newBuilder().addSegments(Segment.getDefaultInstance()),
          d -> {},
          "segments",
          "text or mask");
      assertInvalid(
          node,
          GenerateRequest.newBuilder()
              .addSegments(Segment.newBuilder().setMask(0))
              .addSegments(Segment.newBuilder().setText("x")),
          d -> {},
          "mask",
          "1 or more");
    }
  }

  @Test
  void anUnknownModelIsNotFound() throws Exception {
    try (var node = new Node(new AlphabetModel())) {
      var refused = refusal(node, request("", 1).setModel("gpt").build());
      assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
      assertThat(refused.getStatus().getDescription()).contains("gpt").contains("alphabet");
    }
  }

  @Test
  void aRequestOverTheSizeLimitIsRefused() throws Exception {
    try (var node = new Node(new AlphabetModel())) {
      var refused = refusal(node, request("x".repeat(2 << 20), 1).build());
      assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    }
  }

  @Test
  void modelsTellTheirShape() throws Exception {
    try (var node = new Node(new AlphabetModel())) {
      var models = ModelsGrpc.newBlockingStub(node.channel);
      var listed = models.listModels(ListModelsRequest.getDefaultInstance()).getModelsList();
      assertThat(listed).hasSize(1);
      assertThat(listed.get(0).getContextLength()).isEqualTo(512);
      assertThat(DecodingReader.read(listed.get(0).getDecoding(), DecodeOptions.DEFAULTS))
          .isEqualTo(DecodeOptions.DEFAULTS);
      var named = GetModelRequest.newBuilder().setName("alphabet").build();
      assertThat(models.getModel(named)).isEqualTo(listed.get(0));
      var missing =
          catchThrowableOfType(
              StatusRuntimeException.class,
              () -> models.getModel(GetModelRequest.newBuilder().setName("x").build()));
      assertThat(missing.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
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

  @Test
  void nobodyIsLeftWaitingByAServerThatHasGivenUp() throws Exception {
    try (var node = new Node(new AlphabetModel())) {
      // As after more failures than its supervisor takes.
      var serving = Adapter.toClassic(node.node.system()).actorSelection("/user/serving");
      serving.tell(PoisonPill.getInstance(), null);
      for (boolean resumable : List.of(false, true)) {
        var refused = refusal(node, request("", 4).setResumable(resumable).build());
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      }
    }
  }

  private static ServingStatus health(Node node) {
    return HealthGrpc.newBlockingStub(node.channel)
        .check(HealthCheckRequest.newBuilder().setService(GenerationGrpc.SERVICE_NAME).build())
        .getStatus();
  }

  private static GenerationGrpc.GenerationBlockingStub blocking(Node node) {
    return GenerationGrpc.newBlockingStub(node.channel);
  }

  private static GenerateRequest.Builder request(String text, int masks) {
    return GenerateRequest.newBuilder()
        .addSegments(Segment.newBuilder().setText(text))
        .addSegments(Segment.newBuilder().setMask(masks));
  }

  private static List<GenerateEvent> collect(Node node, GenerateRequest request) {
    List<GenerateEvent> events = new ArrayList<>();
    blocking(node).generate(request).forEachRemaining(events::add);
    return events;
  }

  private static StatusRuntimeException refusal(Node node, GenerateRequest request) {
    return catchThrowableOfType(StatusRuntimeException.class, () -> collect(node, request));
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

  private static void assertInvalid(
      Node node,
      GenerateRequest.Builder request,
      Consumer<Decoding.Builder> change,
      String field,
      String allowed) {
    change.accept(request.getDecodingBuilder());
    var refused = refusal(node, request.build());
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(refused.getStatus().getDescription()).contains(allowed).doesNotContain("\n");
    assertThat(StatusTable.field(refused)).isEqualTo(field);
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

  private static GenerateEvent last(List<GenerateEvent> events) {
    return events.get(events.size() - 1);
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
