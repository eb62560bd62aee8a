package io.redraft.server.training;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.redraft.model.InvalidInputException;
import io.redraft.proto.v1.TrainingGrpc;
import io.redraft.server.grpc.StatusTable;
import java.util.function.Function;

/** Asks the {@link TrainingService} of another process, without encryption. */
public final class TrainingClient implements AutoCloseable {
  private final String server;
  private final ManagedChannel channel;

  /**
   * A client of a server; connects when it asks.
   *
   * @param server as {@code 127.0.0.1:50052}
   * @throws InvalidInputException if that is no host and port
   */
  public TrainingClient(String server) {
    var colon = server.lastIndexOf(':');
    if (!server.matches(".+:\\d{1,5}") || Integer.parseInt(server.substring(colon + 1)) > 65_535) {
      throw InvalidInputException.of("--server", server, "HOST:PORT");
    }
    this.server = server;
    this.channel =
        NettyChannelBuilder.forAddress(
                server.substring(0, colon), Integer.parseInt(server.substring(colon + 1)))
            .usePlaintext()
            .build();
  }

  /**
   * Asks, and waits for the answer.
   *
   * @throws InvalidInputException where the server says that the request cannot be carried out
   * @throws IllegalStateException where there is no such server, or it fails; says so in one line
   */
  public <A> A ask(Function<TrainingGrpc.TrainingBlockingStub, A> question) {
    try {
      return question.apply(TrainingGrpc.newBlockingStub(channel));
    } catch (StatusRuntimeException problem) {
      throw translated(problem);
    }
  }

  private RuntimeException translated(StatusRuntimeException problem) {
    var status = problem.getStatus();
    var told = status.getDescription() == null ? status.getCode().name() : status.getDescription();
    return switch (status.getCode()) {
      case INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION ->
          new InvalidInputException(StatusTable.field(problem), told);
      case UNIMPLEMENTED ->
          new IllegalStateException(server + " does not train: it has no redraft.v1.Training");
      case UNAVAILABLE ->
          // A connection that is refused has a cause; what a server says has none.
          new IllegalStateException(
              status.getCause() instanceof java.net.ConnectException
                  ? "nothing listens on "
                      + server
                      + "; a run that is started with train --grpc-port PORT does"
                  : "lost " + server + ": " + told);
      default -> new IllegalStateException(server + ": " + told);
    };
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
