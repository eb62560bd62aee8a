package io.redraft.server.grpc;

import static io.redraft.server.grpc.Calls.refusal;
import static io.redraft.server.grpc.Calls.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.redraft.proto.v1.Cache;
import io.redraft.proto.v1.Decoding;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.RevealPolicy;
import io.redraft.proto.v1.Segment;
import java.util.List;
import java.util.function.Consumer;
import org.apache.pekko.actor.PoisonPill;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GenerationRefusalsTest {
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
      assertInvalid(
          node,
          request("x", 4),
          d -> d.setPolicy(RevealPolicy.REVEAL_POLICY_ANCESTRAL).setWindow(2),
          "window",
          "0 (all masks of the block) with ancestral");
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
}
