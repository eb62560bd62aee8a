package io.redraft.server.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.redraft.cluster.NodeSettings;
import io.redraft.cluster.RedraftNode;
import io.redraft.proto.v1.RunEvent;
import io.redraft.proto.v1.RunEvent.EventCase;
import io.redraft.proto.v1.SetStageStepsRequest;
import io.redraft.proto.v1.StartRunRequest;
import io.redraft.proto.v1.TrainingGrpc;
import io.redraft.proto.v1.WatchRunRequest;
import java.nio.file.Path;
import java.util.Iterator;

/** A process that hosts runs, and a client of it over a port. */
final class HostedRuns implements AutoCloseable {
  /** Steps of a stage that only ends when it is told to. */
  static final long ENDLESS = 100_000_000;

  /** Two blocks, appended one after the other, and a joint phase: three stages. */
  static final String CURRICULUM =
      """
      run: {seed: 3, device: cpu, compute: float32}
      model: {width: 16, layers: 2, heads: 2, feed_forward_width: 32, context: 16, tied_head: false}
      tokenizer: {kind: bytes}
      data: {format: synthetic, validation: 0.01}
      training: {batch: 4, log_every: 1, evaluate_every: 0, checkpoint_every: 99999999}
      curriculum: {direction: left-to-right, embeddings: anchored, steps: 100000000, joint_final: 4}
      """;

  private final RedraftNode node = RedraftNode.startForTraining(NodeSettings.defaults());
  private final TrainingServer server;
  private final ManagedChannel channel;
  final TrainingGrpc.TrainingBlockingStub training;

  HostedRuns() {
    this(WatchStream.CAPACITY);
  }

  /**
   * One with other memory.
   *
   * @param unread the most events that wait for a watcher
   */
  HostedRuns(int unread) {
    server = new TrainingServer(node, unread);
    var port = server.listen("grpc_port", 0);
    // Small, so that a reader that does not read is felt soon.
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port)
            .usePlaintext()
            .flowControlWindow(16 << 10)
            .build();
    training = TrainingGrpc.newBlockingStub(channel);
  }

  TrainingGrpc.TrainingStub async() {
    return TrainingGrpc.newStub(channel);
  }

  static StartRunRequest curriculum(Path folder) {
    return StartRunRequest.newBuilder()
        .setConfig(CURRICULUM)
        .addOverrides("run.folder=" + folder)
        .build();
  }

  Iterator<RunEvent> watch(String run) {
    return training.watchRun(WatchRunRequest.newBuilder().setRun(run).build());
  }

  /** From the event after one that was seen. */
  Iterator<RunEvent> watchAfter(String run, long number) {
    return training.watchRun(WatchRunRequest.newBuilder().setRun(run).setAfter(number).build());
  }

  void setSteps(String run, int stage, long steps) {
    training.setStageSteps(
        SetStageStepsRequest.newBuilder().setRun(run).setStage(stage).setSteps(steps).build());
  }

  /** Reads on until an event of a kind comes; numbers never fall on the way. */
  static RunEvent await(Iterator<RunEvent> events, EventCase kind) {
    long number = 0;
    while (true) {
      var event = events.next();
      assertThat(event.getNumber()).isGreaterThanOrEqualTo(number);
      number = event.getNumber();
      if (event.getEventCase() == kind) {
        return event;
      }
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.close();
    node.close();
  }
}
