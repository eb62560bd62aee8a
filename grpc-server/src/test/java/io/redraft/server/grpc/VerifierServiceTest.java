package io.redraft.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.StatusRuntimeException;
import io.redraft.actors.serving.ModelLoader;
import io.redraft.actors.serving.ServedModels;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.tensor.Device;
import io.redraft.proto.v1.Decoding;
import io.redraft.proto.v1.Final;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.GenerationGrpc;
import io.redraft.proto.v1.GetModelRequest;
import io.redraft.proto.v1.ModelsGrpc;
import io.redraft.proto.v1.Segment;
import io.redraft.proto.v1.Verification.Verdict;
import io.redraft.proto.v1.Verify;
import io.redraft.server.FolderLoader;
import io.redraft.server.TinyModels;
import io.redraft.server.watch.Canvas;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A verifier over real gRPC, behind real networks with random weights. */
@Timeout(120)
class VerifierServiceTest {
  @TempDir private Path root;

  private static ModelLoader loader(Path folder) {
    return new FolderLoader(
        CompletableFuture.completedFuture(ModelFolder.open(folder)),
        Device.CPU,
        ComputeType.FLOAT32);
  }

  private ServedModels pair() throws Exception {
    return new ServedModels(
        loader(TinyModels.denoiser(root.resolve("tiny"))),
        Optional.of(loader(TinyModels.causal(root.resolve("causal")))));
  }

  @Test
  void aLosslessTextIsTheCausalModelsOwnToTheLastByte() throws Exception {
    var models = pair();
    var requests =
        IntStream.range(0, 10).mapToObj(i -> request(Verify.VERIFY_LOSSLESS, i)).toList();
    List<String> own = new ArrayList<>();
    try (var causal = new Node(models.verifier().orElseThrow())) {
      for (int i = 0; i < requests.size(); i++) {
        own.add(end(write(causal, request(Verify.VERIFY_OFF, i))).getText());
      }
    }
    try (var node = new Node(models, "causal")) {
      var together =
          requests.stream()
              .map(r -> CompletableFuture.supplyAsync(() -> end(write(node, r)), Node::onThread))
              .toList();
      for (int i = 0; i < requests.size(); i++) {
        var end = together.get(i).join();
        assertThat(end.getText()).isEqualTo(own.get(i));
        assertThat(end.getVerification().getVerdict()).isEqualTo(Verdict.VERDICT_VERIFIED);
        assertThat(end.getVerification().getDraftedTokens())
            .isGreaterThanOrEqualTo(end.getVerification().getAcceptedTokens());
      }
      var metadata =
          ModelsGrpc.newBlockingStub(node.channel)
              .getModel(GetModelRequest.newBuilder().setName("tiny").build());
      assertThat(metadata.getVerifier()).isEqualTo("causal");
    }
  }

  @Test
  void repairsAreToldWithWhatStoodThereAndFoldToTheText() throws Exception {
    int repairs = 0;
    try (var node = new Node(pair(), "causal")) {
      for (int i = 0; i < 6; i++) {
        var canvas = new Canvas();
        var events = write(node, request(Verify.VERIFY_REPAIR, i));
        for (var event : events) {
          if (event.hasRepair()) {
            var repair = event.getRepair();
            assertThat(repair.getAfterCount()).isEqualTo(repair.getBeforeCount());
            assertThat(repair.getScoreAfter()).isGreaterThan(repair.getScoreBefore());
            var before = repair.getBefore(0);
            assertThat(canvas.cells().get(before.getPosition()).piece())
                .isEqualTo(before.getPiece());
            repairs++;
          }
          canvas.apply(event);
        }
        var end = end(events);
        assertThat(canvas.decided().toStringUtf8()).startsWith(end.getText());
        assertThat(end.getVerification().getVerdict()).isEqualTo(Verdict.VERDICT_VERIFIED);
      }
    }
    assertThat(repairs).isPositive();
  }

  @Test
  void whatNoVerifierCanDoIsAnInvalidArgument() throws Exception {
    var models = pair();
    try (var node = new Node(models.model())) {
      assertThatThrownBy(() -> write(node, request(Verify.VERIFY_REPAIR, 1)))
          .isInstanceOf(StatusRuntimeException.class)
          .hasMessage(
              "INVALID_ARGUMENT: verify is repair; allowed: off; this server has no verifier");
      var request = request(Verify.VERIFY_LOSSLESS, 1).toBuilder();
      request.getDecodingBuilder().setRemask(0.4);
      assertThatThrownBy(() -> write(node, request.build()))
          .hasMessage("INVALID_ARGUMENT: remask is 0.4; allowed: none where verify is lossless");
      var rounds = request(Verify.VERIFY_OFF, 1).toBuilder();
      rounds.getDecodingBuilder().setRepairRounds(2);
      assertThatThrownBy(() -> write(node, rounds.build()))
          .hasMessage(
              "INVALID_ARGUMENT: repair_rounds is given; allowed: only where verify is repair");
    }
  }

  private static GenerateRequest request(Verify verify, int i) {
    var decoding = Decoding.newBuilder().setTemperature(i % 2 * 0.8).setVerify(verify);
    if (verify != Verify.VERIFY_OFF) {
      decoding.setBlock(4 + i % 3);
    }
    if (verify == Verify.VERIFY_REPAIR) {
      decoding.setRepairConfidence(1).setRepairMargin(0).setRepairRounds(2);
    }
    return GenerateRequest.newBuilder()
        .addSegments(Segment.newBuilder().setText("ab".repeat(1 + i)))
        .addSegments(Segment.newBuilder().setMask(30))
        .setDecoding(decoding)
        .setSeed(i)
        .build();
  }

  private static List<GenerateEvent> write(Node node, GenerateRequest request) {
    var events = new ArrayList<GenerateEvent>();
    GenerationGrpc.newBlockingStub(node.channel).generate(request).forEachRemaining(events::add);
    return events;
  }

  private static Final end(List<GenerateEvent> events) {
    return events.get(events.size() - 1).getFinal();
  }
}
