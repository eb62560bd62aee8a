package io.redraft.server.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.redraft.actors.serving.Admission;
import io.redraft.actors.serving.EventOutbox;
import io.redraft.actors.serving.GenerationEvent;
import io.redraft.actors.serving.GenerationEvent.Failed;
import io.redraft.actors.serving.GenerationEvent.Finished;
import io.redraft.actors.serving.GenerationEvent.Refusal;
import io.redraft.actors.serving.GenerationRequest;
import io.redraft.actors.serving.GenerationSession;
import io.redraft.actors.serving.Serving;
import io.redraft.proto.v1.GenerateEvent;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * One client's stream: the only thing that writes to it. Events are sent while the transport takes
 * them; while it does not, drafts give way to newer ones and everything else waits, so that memory
 * is bounded by the canvas however slow the client is.
 *
 * <pre>
 *   ASKING ── admitted ──▶ STREAMING ── the end is sent ──▶ ended
 *     │                       │
 *     ├── refused ────────────┼───────────────────────────▶ ended: the status says why
 *     └── client gone ────────┴── client gone ────────────▶ ended: the session ends with it
 * </pre>
 *
 * <p>Supervision: <b>stop</b>, the default of its parent. The observer of a call that failed half
 * way cannot be used again; the client gets a status and its session ends, because it watches this
 * actor.
 */
final class ClientStream extends AbstractBehavior<ClientStream.Command> {
  /** What happens on a stream. */
  sealed interface Command {}

  /** The transport takes more. */
  record Writable() implements Command {}

  /** The client cancelled, disconnected or ran into its deadline. */
  record Gone() implements Command {}

  private record Answered(Admission admission) implements Command {}

  private record Told(GenerationEvent event) implements Command {}

  private final ServerCallStreamObserver<GenerateEvent> client;
  private final EventWriter writer;
  private final EventOutbox outbox = new EventOutbox();
  private ActorRef<GenerationSession.Command> session;
  private boolean closed;

  /** A stream that asks {@code serving} for the text at once. */
  static Behavior<Command> create(
      ActorRef<Serving.Command> serving,
      GenerationRequest request,
      ServerCallStreamObserver<GenerateEvent> client,
      EventWriter writer) {
    return Behaviors.setup(
        context -> {
          var events = context.messageAdapter(GenerationEvent.class, Told::new);
          var answers = context.messageAdapter(Admission.class, Answered::new);
          serving.tell(new Serving.Generate(request, events, answers));
          return new ClientStream(context, client, writer);
        });
  }

  private ClientStream(
      ActorContext<Command> context,
      ServerCallStreamObserver<GenerateEvent> client,
      EventWriter writer) {
    super(context);
    this.client = client;
    this.writer = writer;
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Answered.class, this::onAnswered)
        .onMessage(Told.class, this::onTold)
        .onMessage(Writable.class, writable -> send())
        .onMessage(Gone.class, this::onGone)
        .onSignal(PostStop.class, stop -> onPostStop())
        .build();
  }

  private Behavior<Command> onAnswered(Answered answered) {
    if (answered.admission() instanceof Admission.Admitted admitted) {
      session = admitted.session();
    } else if (answered.admission() instanceof Admission.Refused refused) {
      close(
          new Failed(
              0, refused.refusal(), refused.field(), refused.message(), refused.retryAfter()));
      return Behaviors.stopped();
    }
    return this;
  }

  private Behavior<Command> onTold(Told told) {
    outbox.offer(told.event());
    return send();
  }

  private Behavior<Command> send() {
    while (client.isReady()) {
      var next = outbox.poll();
      if (next.isEmpty()) {
        break;
      }
      if (next.get() instanceof Failed failed) {
        close(failed);
        return Behaviors.stopped();
      }
      client.onNext(writer.write(next.get()));
      if (next.get() instanceof Finished) {
        closed = true;
        client.onCompleted();
        return Behaviors.stopped();
      }
    }
    return this;
  }

  private Behavior<Command> onGone(Gone gone) {
    closed = true;
    if (session != null) {
      session.tell(new GenerationSession.Cancel());
    }
    return Behaviors.stopped();
  }

  private Behavior<Command> onPostStop() {
    if (!closed) {
      close(new Failed(0, Refusal.UNAVAILABLE, "", "the server is shutting down"));
    }
    return this;
  }

  private void close(Failed failed) {
    closed = true;
    client.onError(StatusTable.of(failed));
  }
}
