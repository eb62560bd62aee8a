package io.redraft.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.StatusRuntimeException;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.DepthExecution;
import io.redraft.model.tensor.Device;
import io.redraft.proto.v1.Decoding;
import io.redraft.proto.v1.Execution;
import io.redraft.proto.v1.Final;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.GenerationGrpc;
import io.redraft.proto.v1.ListModelsRequest;
import io.redraft.proto.v1.ModelsGrpc;
import io.redraft.proto.v1.Segment;
import io.redraft.server.FolderLoader;
import io.redraft.server.TinyModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A depth-as-time network over real gRPC, with random weights. */
@Timeout(120)
class DepthServiceTest {
  private static final Execution[] EXECUTIONS = {
    Execution.EXECUTION_SUFFIX, Execution.EXECUTION_LOCAL, Execution.EXECUTION_BAND
  };

  @TempDir private Path root;

  @Test
  void aTextIsTheSameAloneAndAmongOthersOfEveryExecution() throws Exception {
    var requests = IntStream.range(0, 18).mapToObj(DepthServiceTest::request).toList();
    try (var node = new Node(loader(), requests.size(), 0)) {
      List<Final> alone = new ArrayList<>();
      requests.forEach(request -> alone.addAll(write(node, List.of(request))));
      assertThat(write(node, requests)).isEqualTo(alone);
      for (int i = 0; i < requests.size(); i++) {
        var usage = alone.get(i).getUsage();
        assertThat(usage.getForwards()).isBetween(1, requests.get(i).getDecoding().getSteps());
      }
      assertThat(alone.stream().limit(3).map(Final::getText).distinct())
          .as("another text for every execution")
          .hasSize(3);
    }
  }

  @Test
  void tellsItsRatiosAndRefusesWhatTheyLeaveNoRoomFor() throws Exception {
    try (var node = new Node(loader(), 4, 0)) {
      var models =
          ModelsGrpc.newBlockingStub(node.channel)
              .listModels(ListModelsRequest.getDefaultInstance());
      assertThat(models.getModels(0).getDepthRatiosList()).containsExactly(1., 0.6, 0.25);
      var few = request(0).toBuilder();
      few.getDecodingBuilder().setSteps(2);
      assertThatThrownBy(() -> write(node, List.of(few.build())))
          .hasRootCauseInstanceOf(StatusRuntimeException.class)
          .rootCause()
          .hasMessageContaining("steps is 2; allowed: 3 or more, the depth steps of this model");
      var unknown = request(0).toBuilder();
      unknown.getDecodingBuilder().setExecutionValue(9);
      assertThatThrownBy(() -> write(node, List.of(unknown.build())))
          .rootCause()
          .hasMessageContaining("execution is 9; allowed: suffix, local, band or prefix (1 to 4)");
    }
  }

  private FolderLoader loader() throws Exception {
    var folder = ModelFolder.open(TinyModels.deep(root.resolve("deep"), DepthExecution.SUFFIX));
    return new FolderLoader(
        CompletableFuture.completedFuture(folder), Device.CPU, ComputeType.FLOAT32);
  }

  /** Three executions a text; steps and temperatures of several kinds. */
  private static GenerateRequest request(int i) {
    int text = i / 3;
    return GenerateRequest.newBuilder()
        .addSegments(Segment.newBuilder().setText("ab".repeat(1 + text)))
        .addSegments(Segment.newBuilder().setMask(32))
        .setDecoding(
            Decoding.newBuilder()
                .setExecution(EXECUTIONS[i % 3])
                .setSteps(3 + 2 * text)
                .setTemperature(text % 2))
        .setSeed(text)
        .build();
  }

  private static List<Final> write(Node node, List<GenerateRequest> requests) {
    var stub = GenerationGrpc.newBlockingStub(node.channel);
    var running =
        requests.stream()
            .map(
                request ->
                    CompletableFuture.supplyAsync(
                        () -> {
                          Final[] end = new Final[1];
                          stub.generate(request)
                              .forEachRemaining(
                                  event -> end[0] = event.hasFinal() ? event.getFinal() : end[0]);
                          return end[0];
                        },
                        task -> new Thread(task).start()))
            .toList();
    return running.stream().map(CompletableFuture::join).toList();
  }
}
