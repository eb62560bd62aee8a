package io.redraft.server.grpc;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.redraft.actors.serving.ModelLoader;
import io.redraft.actors.serving.ServedModels;
import io.redraft.cluster.NodeSettings;
import io.redraft.server.ModelNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Real services on a real port over a fake model, and a client's channel to them. */
final class Node implements AutoCloseable {
  private static final int ENOUGH = 4;

  final ModelNode node;
  final GrpcServer server;
  final ManagedChannel channel;

  /** A node with this many places for texts, and this many to wait for one. */
  Node(ModelLoader model, int places, int queue) throws Exception {
    this(
        model, Map.of("redraft.serving.max-sessions", places, "redraft.serving.max-queued", queue));
  }

  /** A node with these settings, and without a warm-up: tests count forward passes. */
  Node(ModelLoader model, Map<String, ?> settings) throws Exception {
    this(ServedModels.alone(model), Optional.empty(), settings);
  }

  /** A node with a verifier of this name. */
  Node(ServedModels models, String verifier) throws Exception {
    this(models, Optional.of(verifier), Map.of());
  }

  private Node(ServedModels models, Optional<String> verifier, Map<String, ?> settings)
      throws Exception {
    var told = new HashMap<String, Object>(settings);
    told.put("redraft.serving.warm-up", false);
    node =
        ModelNode.start(
            NodeSettings.load(Optional.empty(), told), models, verifier, ByteTokenizer::new);
    server = node.listen(0);
    channel =
        NettyChannelBuilder.forAddress("localhost", server.port())
            .usePlaintext()
            .flowControlWindow(16 << 10) // small, so that a reader that does not read is felt soon
            .build();
  }

  Node(ModelLoader model) throws Exception {
    this(model, ENOUGH, ENOUGH);
  }

  /** Runs a client's call that blocks. */
  static void onThread(Runnable call) {
    new Thread(call).start();
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      server.drain(Duration.ZERO);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    node.close();
  }
}
