package io.redraft.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Message;
import com.google.rpc.QuotaFailure;
import com.google.rpc.RetryInfo;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.GenerationGrpc;
import io.redraft.proto.v1.Limits;
import io.redraft.proto.v1.Segment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a client sees of limits, shares and refusals, through generated stubs and a real port. */
@Timeout(60)
class ProtectionTest {
  private static GenerateRequest.Builder request(String text, int masks) {
    return GenerateRequest.newBuilder()
        .addSegments(Segment.newBuilder().setText(text))
        .addSegments(Segment.newBuilder().setMask(masks));
  }

  private static List<GenerateEvent> collect(Node node, GenerateRequest.Builder request) {
    var events = new ArrayList<GenerateEvent>();
    stream(node, request).forEachRemaining(events::add);
    return events;
  }

  private static Iterator<GenerateEvent> stream(Node node, GenerateRequest.Builder request) {
    return GenerationGrpc.newBlockingStub(node.channel).generate(request.build());
  }

  private static StatusRuntimeException refusal(Node node, GenerateRequest.Builder request) {
    return catchThrowableOfType(StatusRuntimeException.class, () -> collect(node, request));
  }

  private static <T extends Message> List<T> details(StatusRuntimeException problem, Class<T> type)
      throws Exception {
    var found = new ArrayList<T>();
    for (var detail : StatusProto.fromThrowable(problem).getDetailsList()) {
      if (detail.is(type)) {
        found.add(detail.unpack(type));
      }
    }
    return found;
  }

  private static Duration retryAfter(StatusRuntimeException problem) throws Exception {
    var delay = details(problem, RetryInfo.class).get(0).getRetryDelay();
    return Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
  }

  @Test
  void aFullQueueIsToldWithATimeToTryAgain() throws Exception {
    var model = new AlphabetModel(new Semaphore(1));
    var settings =
        Map.of(
            "redraft.serving.max-sessions", 1,
            "redraft.serving.max-queued", 0,
            "redraft.serving.retry-after", "7 s");
    try (var node = new Node(model, settings)) {
      stream(node, request("x", 50)).next(); // it has the only place
      var refused = refusal(node, request("", 1));
      assertThat(refused.getStatus().getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED);
      assertThat(retryAfter(refused)).as("nothing has ended yet").isEqualTo(Duration.ofSeconds(7));
      model.release(100);
    }
  }

  @Test
  void aTenantThatFillsTheQueueIsDisplacedByAnotherAndToldWhenToTryAgain() throws Exception {
    var model = new AlphabetModel(new Semaphore(0));
    var settings = Map.of("redraft.serving.max-sessions", 1, "redraft.serving.max-queued", 1);
    try (var node = new Node(model, settings)) {
      stream(node, request("x", 2).setTenant("many")).next();
      var waiting =
          CompletableFuture.supplyAsync(() -> refusal(node, request("y", 2).setTenant("many")));
      awaitFull(node, "many");
      var displacing = new LinkedBlockingQueue<GenerateEvent>();
      // Both would hold one position: the tenant that has one keeps it.
      var refused = refusal(node, request("z", 2).setTenant("one"));
      assertThat(refused.getStatus().getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED);
      // A tenant's own more urgent request goes before its less urgent one.
      var urgent =
          CompletableFuture.runAsync(
              () ->
                  stream(node, request("u", 2).setTenant("many").setPriority(100))
                      .forEachRemaining(displacing::add));
      var displaced = waiting.get(30, TimeUnit.SECONDS);
      assertThat(displaced.getStatus().getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED);
      assertThat(retryAfter(displaced)).isBetween(Duration.ofMillis(100), Duration.ofSeconds(60));
      model.release(10);
      urgent.get(30, TimeUnit.SECONDS);
      assertThat(displacing).anyMatch(GenerateEvent::hasFinal);
    }
  }

  /** Until one waits for the only queue position, a request of low priority is not refused. */
  private static void awaitFull(Node node, String tenant) {
    StatusRuntimeException answer;
    do {
      answer =
          catchThrowableOfType(
              StatusRuntimeException.class,
              () ->
                  GenerationGrpc.newBlockingStub(node.channel)
                      .withDeadlineAfter(100, TimeUnit.MILLISECONDS)
                      .generate(request("w", 2).setTenant(tenant).setPriority(-100).build())
                      .next());
    } while (answer.getStatus().getCode() != Code.RESOURCE_EXHAUSTED);
  }

  @Test
  void aCanvasLongerThanTheTokenBudgetNamesItsLength() throws Exception {
    try (var node = new Node(new AlphabetModel(), Map.of("redraft.serving.max-tokens", 30))) {
      assertInvalid(node, request("x", 30), "length", "at most 30 (redraft.serving.max-tokens)");
      assertThat(collect(node, request("x", 29))).anyMatch(GenerateEvent::hasFinal);
    }
  }

  @Test
  void wrongPrioritiesTenantsAndLimitsNameTheirField() throws Exception {
    try (var node = new Node(new AlphabetModel())) {
      assertInvalid(node, request("", 4).setPriority(101), "priority", "-100 to 100");
      assertInvalid(node, request("", 4).setPriority(-101), "priority", "-101");
      assertInvalid(node, request("", 4).setTenant("t".repeat(65)), "tenant", "at most 64");
      assertInvalid(node, limited(4, l -> l.setMaxTokens(0)), "limits.max_tokens", "1 or more");
      assertInvalid(node, limited(4, l -> l.setMaxTokens(3)), "limits.max_tokens", "at most 3");
      assertInvalid(node, limited(4, l -> l.setMaxSteps(0)), "limits.max_steps", "1 or more");
      assertInvalid(node, limited(4, l -> l.setMaxSteps(-1)), "limits.max_steps", "4294967295");
      assertInvalid(node, limited(4, l -> l.setMaxTimeMs(0)), "limits.max_time_ms", "1 or more");
      var allowed = limited(4, l -> l.setMaxTokens(4).setMaxSteps(4).setMaxTimeMs(-1));
      assertThat(collect(node, allowed.setPriority(-100).setTenant("t".repeat(64))))
          .anyMatch(GenerateEvent::hasFinal);
    }
  }

  @Test
  void stepsThatAreUsedUpEndTheStreamAfterWhatWasCommitted() throws Exception {
    try (var node = new Node(new AlphabetModel())) {
      var events = new ArrayList<GenerateEvent>();
      var ended =
          catchThrowableOfType(
              StatusRuntimeException.class,
              () -> stream(node, limited(20, l -> l.setMaxSteps(5))).forEachRemaining(events::add));
      assertThat(ended.getStatus().getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED);
      assertThat(details(ended, RetryInfo.class)).as("trying again does not help").isEmpty();
      var used = details(ended, QuotaFailure.class).get(0).getViolations(0);
      assertThat(used.getSubject()).isEqualTo("limits.max_steps");
      assertThat(used.getDescription()).contains("(5)");
      assertThat(events.stream().mapToInt(event -> event.getCommit().getSlotsCount()).sum())
          .as("one a step, by default")
          .isEqualTo(5);
    }
  }

  @Test
  void timeThatIsUsedUpEndsTheStream() throws Exception {
    var model = new AlphabetModel(new Semaphore(1));
    try (var node = new Node(model)) {
      var ended = refusal(node, limited(20, l -> l.setMaxTimeMs(50)));
      assertThat(ended.getStatus().getCode()).isEqualTo(Code.DEADLINE_EXCEEDED);
      assertThat(ended.getStatus().getDescription()).contains("limits.max_time_ms (50)");
      model.release(100);
    }
  }

  @Test
  void drainingRefusesWhatWaitsAtOnceAndFinishesWhatRuns() throws Exception {
    var model = new AlphabetModel(new Semaphore(0));
    try (var node = new Node(model, 1, 1)) {
      var running = stream(node, request("x", 3));
      running.next();
      var waiting = CompletableFuture.supplyAsync(() -> refusal(node, request("y", 2)));
      awaitFull(node, "");
      node.node.drain();
      var refused = waiting.get(30, TimeUnit.SECONDS); // no step is taken meanwhile
      assertThat(refused.getStatus().getCode()).isEqualTo(Code.UNAVAILABLE);
      assertThat(refusal(node, request("z", 1)).getStatus().getCode()).isEqualTo(Code.UNAVAILABLE);
      model.release(3);
      var rest = new ArrayList<GenerateEvent>();
      running.forEachRemaining(rest::add);
      assertThat(rest.get(rest.size() - 1).getFinal().getText())
          .isEqualTo("x" + AlphabetModel.text(1, 4));
    }
  }

  private static GenerateRequest.Builder limited(int masks, Consumer<Limits.Builder> change) {
    var request = request("", masks);
    change.accept(request.getLimitsBuilder());
    return request;
  }

  private static void assertInvalid(
      Node node, GenerateRequest.Builder request, String field, String allowed) {
    var refused = refusal(node, request);
    assertThat(refused.getStatus().getCode()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(refused.getStatus().getDescription()).contains(allowed);
    assertThat(StatusTable.field(refused)).isEqualTo(field);
  }
}
