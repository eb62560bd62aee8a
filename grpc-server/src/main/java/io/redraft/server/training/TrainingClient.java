package io.redraft.server.training;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.redraft.model.InvalidInputException;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.config.TrainingConfigFile;
import io.redraft.proto.v1.Run;
import io.redraft.proto.v1.RunEvent;
import io.redraft.proto.v1.StartRunRequest;
import io.redraft.proto.v1.TrainingGrpc;
import io.redraft.proto.v1.WatchRunRequest;
import io.redraft.server.grpc.StatusTable;
import java.util.function.Consumer;
import java.util.function.Function;

/** Asks a {@link TrainingService}, in this process or, without encryption, in another one. */
public final class TrainingClient implements AutoCloseable {
  private final String server;
  private final ManagedChannel channel;

  private TrainingClient(String server, ManagedChannel channel) {
    this.server = server;
    this.channel = channel;
  }

  /**
   * A client of a server; connects when it asks.
   *
   * @param server as {@code 127.0.0.1:50052}
   * @throws InvalidInputException if that is no host and port
   */
  public static TrainingClient of(String server) {
    var colon = server.lastIndexOf(':');
    if (!server.matches(".+:\\d{1,5}") || Integer.parseInt(server.substring(colon + 1)) > 65_535) {
      throw InvalidInputException.of("--server", server, "HOST:PORT");
    }
    var port = Integer.parseInt(server.substring(colon + 1));
    var host = NettyChannelBuilder.forAddress(server.substring(0, colon), port);
    return new TrainingClient(server, host.usePlaintext().build());
  }

  static TrainingClient inProcess(String name) {
    return new TrainingClient("this process", InProcessChannelBuilder.forName(name).build());
  }

  /**
   * Asks, and waits for the answer.
   *
   * @throws InvalidInputException where the server says that the request cannot be carried out
   * @throws RunFailedException where a run failed
   * @throws IllegalStateException where there is no such server, or it fails; says so in one line
   */
  public <A> A ask(Function<TrainingGrpc.TrainingBlockingStub, A> question) {
    try {
      return question.apply(TrainingGrpc.newBlockingStub(channel));
    } catch (StatusRuntimeException problem) {
      throw translated(problem);
    }
  }

  /**
   * Has a run begin, or go on, and waits until its first stage is open.
   *
   * @throws RuntimeException as {@link #ask} does
   */
  public Run start(TrainingConfig settings, boolean resume) {
    var request =
        StartRunRequest.newBuilder()
            .setConfig(TrainingConfigFile.dump(settings))
            .setResume(resume)
            .build();
    return ask(stub -> stub.startRun(request));
  }

  /** Asks for all that a run has told since it began there, and for what it will. */
  public static WatchRunRequest everythingOf(Run run) {
    return WatchRunRequest.newBuilder().setRun(run.getId()).setAfter(0).build();
  }

  /**
   * Watches a run until the stream ends; the listener is called by one thread at a time.
   *
   * @return the last event
   * @throws RuntimeException as {@link #ask} does
   */
  public RunEvent watch(WatchRunRequest request, Consumer<RunEvent> listener)
      throws InterruptedException {
    var events = new RunEvents(listener);
    TrainingGrpc.newStub(channel).watchRun(request, events);
    try {
      return events.last();
    } catch (StatusRuntimeException problem) {
      throw translated(problem);
    } catch (InterruptedException nobodyWaits) {
      events.cancel();
      throw nobodyWaits;
    }
  }

  private RuntimeException translated(StatusRuntimeException problem) {
    var status = problem.getStatus();
    var told = status.getDescription() == null ? status.getCode().name() : status.getDescription();
    var field = StatusTable.field(problem);
    return switch (status.getCode()) {
      case INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS -> new InvalidInputException(field, told);
      case FAILED_PRECONDITION ->
          field.isEmpty() ? new RunFailedException(told) : new InvalidInputException(field, told);
      case UNIMPLEMENTED ->
          new IllegalStateException(server + " does not train: it has no redraft.v1.Training");
      case UNAVAILABLE ->
          // A connection that is refused has a cause; what a server says has none.
          new IllegalStateException(
              status.getCause() instanceof java.net.ConnectException
                  ? "nothing listens on "
                      + server
                      + "; a run that is started with train --grpc-port PORT does, and runs host"
                  : "lost " + server + ": " + told);
      default -> new IllegalStateException(server + ": " + told);
    };
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
