package io.redraft.server.grpc;

import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.redraft.actors.serving.GenerationRequest;
import io.redraft.actors.serving.Serving;
import io.redraft.model.InvalidInputException;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.GenerationGrpc;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code redraft.v1.Generation}: every call becomes a {@link ClientStream}. A call's deadline goes
 * with the request; a call that is cancelled frees its place at the next step.
 */
public final class GenerationService extends GenerationGrpc.GenerationImplBase {
  private static final Logger LOG = LoggerFactory.getLogger(GenerationService.class);

  private final ActorSystem<?> system;
  private final ActorRef<Serving.Command> serving;
  private final RequestReader reader;
  private final EventWriter writer;
  private final InstantSource clock;
  private final AtomicLong calls = new AtomicLong();

  /** A service before {@code serving}; its streams are actors of {@code system}. */
  public GenerationService(
      ActorSystem<?> system,
      ActorRef<Serving.Command> serving,
      RequestReader reader,
      EventWriter writer,
      InstantSource clock) {
    this.system = system;
    this.serving = serving;
    this.reader = reader;
    this.writer = writer;
    this.clock = clock;
  }

  @Override
  public void generate(GenerateRequest call, StreamObserver<GenerateEvent> observer) {
    var client = (ServerCallStreamObserver<GenerateEvent>) observer;
    GenerationRequest request;
    try {
      request = reader.read(call, deadline());
    } catch (InvalidInputException wrong) {
      client.onError(StatusTable.of(wrong));
      return;
    } catch (RuntimeException broken) {
      LOG.error("A request could not be read", broken);
      client.onError(StatusTable.internal());
      return;
    }
    var stream =
        system.systemActorOf(
            ClientStream.create(serving, request, client, writer),
            "client-" + calls.incrementAndGet(),
            Props.empty());
    client.setOnReadyHandler(() -> stream.tell(new ClientStream.Writable()));
    client.setOnCancelHandler(() -> stream.tell(new ClientStream.Gone()));
  }

  private Optional<Instant> deadline() {
    var deadline = Context.current().getDeadline();
    return Optional.ofNullable(deadline)
        .map(at -> clock.instant().plusNanos(at.timeRemaining(TimeUnit.NANOSECONDS)));
  }
}
