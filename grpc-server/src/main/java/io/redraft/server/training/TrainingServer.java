package io.redraft.server.training;

import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.redraft.cluster.RedraftNode;
import io.redraft.proto.v1.TrainingGrpc;
import io.redraft.server.grpc.GrpcServer;
import java.time.Duration;
import java.util.List;

/**
 * A {@link TrainingService} on a port of this machine: a run's settings name files and folders, so
 * whoever may start one may read and write what this process may.
 */
public final class TrainingServer implements AutoCloseable {
  /** Watchers have their last event by then, or do not read. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);

  private final Questions ask;
  private final GrpcServer server;
  private boolean closed;

  private TrainingServer(Questions ask, GrpcServer server) {
    this.ask = ask;
    this.server = server;
  }

  /**
   * Listens for clients on this machine, with health and reflection.
   *
   * @param port 0 takes a free one, which {@link #port} tells
   * @throws io.redraft.model.InvalidInputException where the port cannot be had
   */
  public static TrainingServer listen(RedraftNode node, int port) {
    var health = new HealthStatusManager();
    var server = GrpcServer.listenLocally(port, health, List.of(new TrainingService(node)));
    health.setStatus(TrainingGrpc.SERVICE_NAME, ServingStatus.SERVING);
    return new TrainingServer(new Questions(node), server);
  }

  /** The port that it listens on. */
  public int port() {
    return server.port();
  }

  /** Stops all runs with checkpoints, lets watchers hear of it, and takes no call any more. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      ask.stopAll().join();
      server.drain(LAST_WORDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
