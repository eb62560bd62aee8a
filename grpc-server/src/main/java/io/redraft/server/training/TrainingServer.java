package io.redraft.server.training;

import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.redraft.cluster.RedraftNode;
import io.redraft.proto.v1.TrainingGrpc;
import io.redraft.server.grpc.GrpcServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;

/**
 * A {@link TrainingService} over the runs of a node, for clients in this process and, where it is
 * told to listen, for those on this machine: a run's settings name files and folders, so whoever
 * may start one may read and write what this process may.
 */
public final class TrainingServer implements AutoCloseable {
  /** Watchers have their last event by then, or do not read. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);

  private final Questions ask;
  private final TrainingService service;
  private final HealthStatusManager health = new HealthStatusManager();
  private final List<GrpcServer> transports = new ArrayList<>();
  private boolean closed;

  /** A server of a node that was started for training; it is the node's owner who closes that. */
  public TrainingServer(RedraftNode node) {
    this(node, WatchStream.CAPACITY);
  }

  /**
   * The same with other memory.
   *
   * @param unread the most events that wait for a watcher
   */
  TrainingServer(RedraftNode node, int unread) {
    this.ask = new Questions(node);
    this.service = new TrainingService(node, unread);
    health.setStatus(TrainingGrpc.SERVICE_NAME, ServingStatus.SERVING);
  }

  /**
   * Listens for clients on this machine, with health and reflection.
   *
   * @param setting what users call the port
   * @param port 0 takes a free one
   * @return the port that it is
   * @throws io.redraft.model.InvalidInputException where the port cannot be had
   */
  public synchronized int listen(String setting, int port) {
    var server = GrpcServer.listenLocally(setting, port, health, List.of(service));
    transports.add(server);
    return server.port();
  }

  /** A client within this process. */
  public synchronized TrainingClient inProcess() {
    var name = InProcessServerBuilder.generateName();
    try {
      // With threads of its own: whoever asks for a run waits until its data is read.
      transports.add(
          GrpcServer.start(InProcessServerBuilder.forName(name), health, List.of(service)));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a generated name is free
    }
    return TrainingClient.inProcess(name);
  }

  /**
   * Begins no run any more, and stops those that there are with checkpoints.
   *
   * @throws IllegalStateException where one takes longer than a shutdown waits
   */
  public void stopRuns() {
    service.beginNoMore();
    try {
      ask.stopAll().join();
    } catch (CompletionException late) {
      if (late.getCause() instanceof TimeoutException) {
        throw new IllegalStateException(
            "a run does not end within "
                + Questions.AFTER_A_STEP.toMinutes()
                + " minutes; its last"
                + " checkpoint is whole, --resume goes on from it",
            late);
      }
      throw late;
    }
  }

  /** Does so, lets watchers hear of it, and takes no call any more. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      stopRuns();
    } finally {
      drain();
    }
  }

  private void drain() {
    try {
      for (var server : transports) {
        server.drain(LAST_WORDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
