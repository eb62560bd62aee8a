package io.redraft.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.tensor.Device;
import io.redraft.proto.v1.AttentionMode;
import io.redraft.proto.v1.Cache;
import io.redraft.proto.v1.Decoding;
import io.redraft.proto.v1.Final;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.GenerationGrpc;
import io.redraft.proto.v1.RevealPolicy;
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

/** Block caches over real gRPC, before a real network with random weights. */
@Timeout(120)
class BlockCacheServiceTest {
  private static final Cache[] CACHES = {Cache.CACHE_NONE, Cache.CACHE_PREFIX, Cache.CACHE_DUAL};

  @TempDir private Path root;

  @Test
  void aTextIsTheSameAloneAndAmongOthersOfEveryKind() throws Exception {
    var folder = ModelFolder.open(TinyModels.denoiser(root.resolve("tiny")));
    var loader =
        new FolderLoader(
            CompletableFuture.completedFuture(folder), Device.CPU, ComputeType.FLOAT32);
    var requests = IntStream.range(0, 18).mapToObj(BlockCacheServiceTest::request).toList();
    try (var node = new Node(loader, requests.size(), 0)) {
      List<Final> alone = new ArrayList<>();
      requests.forEach(request -> alone.addAll(write(node, List.of(request))));
      assertThat(write(node, requests)).isEqualTo(alone);
      // Requests that are unlike in their caches only do not all get the same text.
      assertThat(IntStream.range(0, requests.size()).filter(i -> i % 3 != 0).boxed())
          .anyMatch(i -> !alone.get(i).getText().equals(alone.get(i - i % 3).getText()));
    }
  }

  @Test
  void aBlockCausalTextIsTheSameWithItsCacheAndAmongOthersOfOtherBlocks() throws Exception {
    var blocks = List.of(4, 8, 16);
    var folder = ModelFolder.open(TinyModels.attendingBothWays(root.resolve("both"), blocks));
    var loader =
        new FolderLoader(
            CompletableFuture.completedFuture(folder), Device.CPU, ComputeType.FLOAT32);
    var requests =
        IntStream.range(0, 18).mapToObj(i -> blockCausal(i, blocks.get(i / 3 % 3))).toList();
    try (var node = new Node(loader, requests.size(), 0)) {
      List<Final> alone = new ArrayList<>();
      requests.forEach(request -> alone.addAll(write(node, List.of(request))));
      assertThat(write(node, requests)).isEqualTo(alone);
      // Of three: without a cache, with one, and seeing all.
      int others = 0;
      for (int i = 0; i < requests.size(); i += 3) {
        assertThat(alone.get(i + 1)).as("request %d", i + 1).isEqualTo(alone.get(i));
        others += alone.get(i + 2).getText().equals(alone.get(i).getText()) ? 0 : 1;
      }
      assertThat(others).as("texts that are others where all is seen").isPositive();
    }
  }

  private static GenerateRequest blockCausal(int i, int block) {
    var request = request(i).toBuilder();
    request
        .getDecodingBuilder()
        .setBlock(block)
        .setCache(i % 3 == 1 ? Cache.CACHE_PREFIX : Cache.CACHE_NONE)
        .setAttention(
            i % 3 == 2
                ? AttentionMode.ATTENTION_MODE_BIDIRECTIONAL
                : AttentionMode.ATTENTION_MODE_BLOCK_CAUSAL);
    return request.build();
  }

  /** Three caches a text; prompts, blocks and policies of several kinds. */
  private static GenerateRequest request(int i) {
    int text = i / 3;
    var decoding =
        Decoding.newBuilder().setCache(CACHES[i % 3]).setBlock(8).setTemperature(text % 2);
    if (text % 3 == 0) {
      decoding.setPolicy(RevealPolicy.REVEAL_POLICY_THRESHOLD).setThreshold(0.3);
    } else {
      decoding.setSteps(3 + text % 2);
    }
    return GenerateRequest.newBuilder()
        .addSegments(Segment.newBuilder().setText("ab".repeat(1 + text)))
        .addSegments(Segment.newBuilder().setMask(32))
        .setDecoding(decoding)
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
