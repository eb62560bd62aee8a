package io.redraft.server.grpc;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.redraft.model.InvalidInputException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A listening server: the services, standard health and reflection, and limits on what a client may
 * send.
 */
public final class GrpcServer {
  /** Largest request: far more text than any context holds. */
  private static final int MAX_REQUEST_BYTES = 1 << 20;

  private static final int MAX_HEADER_BYTES = 16 << 10;
  private static final int MAX_CALLS_A_CONNECTION = 1024;

  private final Server server;
  private final HealthStatusManager health;
  private final List<BindableService> services;

  private GrpcServer(Server server, HealthStatusManager health, List<BindableService> services) {
    this.server = server;
    this.health = health;
    this.services = services;
  }

  /**
   * Listens on a TCP port, on every interface.
   *
   * @param port 0 takes a free one, which {@link #port} tells
   * @throws InvalidInputException where the port cannot be had
   */
  public static GrpcServer listen(
      int port, HealthStatusManager health, List<BindableService> services) {
    return listen("grpc_port", new InetSocketAddress(port), health, services);
  }

  /**
   * The same for clients on this machine only: nothing but the loopback interface is open.
   *
   * @param setting what users call the port
   */
  public static GrpcServer listenLocally(
      String setting, int port, HealthStatusManager health, List<BindableService> services) {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    return listen(setting, address, health, services);
  }

  private static GrpcServer listen(
      String setting,
      InetSocketAddress address,
      HealthStatusManager health,
      List<BindableService> services) {
    var builder =
        NettyServerBuilder.forAddress(address)
            .maxInboundMetadataSize(MAX_HEADER_BYTES)
            .maxConcurrentCallsPerConnection(MAX_CALLS_A_CONNECTION)
            .permitKeepAliveTime(10, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true);
    try {
      return start(builder, health, services);
    } catch (IOException taken) {
      throw InvalidInputException.of(
          setting, address.getPort(), "a port that is free; this one is in use");
    }
  }

  /** Starts the services on any transport. */
  public static GrpcServer start(
      ServerBuilder<?> transport, HealthStatusManager health, List<BindableService> services)
      throws IOException {
    transport.maxInboundMessageSize(MAX_REQUEST_BYTES);
    services.forEach(transport::addService);
    transport.addService(health.getHealthService());
    transport.addService(ProtoReflectionServiceV1.newInstance());
    return new GrpcServer(transport.build().start(), health, services);
  }

  /** The port that it listens on; -1 where the transport has none. */
  public int port() {
    return server.getPort();
  }

  /**
   * Takes no new call, tells health so, and waits for those in flight.
   *
   * @return whether all of them ended by themselves; otherwise they were cut
   */
  public boolean drain(Duration patience) throws InterruptedException {
    health.enterTerminalState();
    server.shutdown();
    for (var service : services) {
      if (service instanceof GenerationService texts) {
        texts.endEdits(); // a text that waits for its client would be waited for in vain
      }
    }
    if (server.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      return true;
    }
    server.shutdownNow();
    server.awaitTermination(1, TimeUnit.SECONDS);
    return false;
  }
}
