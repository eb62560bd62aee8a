package io.redraft.server.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.redraft.actors.serving.Admission;
import io.redraft.actors.serving.EventOutbox;
import io.redraft.actors.serving.GenerationEvent;
import io.redraft.actors.serving.GenerationEvent.EditRefused;
import io.redraft.actors.serving.GenerationEvent.Edited;
import io.redraft.actors.serving.GenerationEvent.Failed;
import io.redraft.actors.serving.GenerationEvent.Finished;
import io.redraft.actors.serving.GenerationEvent.Refusal;
import io.redraft.actors.serving.GenerationSession;
import io.redraft.model.InvalidInputException;
import io.redraft.proto.v1.GenerateEvent;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * One client's stream: the only thing that writes to it. Events are sent while the transport takes
 * them; while it does not, drafts give way to newer ones and everything else waits. Its session is
 * told what has left, and takes no step while too much waits; so memory is bounded however slow the
 * client is. What a client of {@code Refine} says goes through here to its session.
 *
 * <pre>
 *   ASKING ── admitted ──▶ STREAMING ── the end is sent ──▶ ended
 *     │                       │
 *     ├── refused ────────────┼───────────────────────────▶ ended: the status says why
 *     ├── nobody can answer ──┼───────────────────────────▶ ended: unavailable
 *     ├── client gone ────────┼── client gone ────────────▶ ended: the session ends with it
 *     └───────────────────────┴── taken over ─────────────▶ ended: what waits is dropped
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

  /** The client edits its text; takes what {@link EditReader} made of it. */
  record Edit(GenerationSession.Command edit) implements Command {}

  /** The client has no more edits. */
  record NoMoreEdits() implements Command {}

  /** The client said something that the call does not allow here. */
  record Misused(InvalidInputException wrong) implements Command {}

  /** Whom a stream asks for its events. */
  @FunctionalInterface
  interface Source {
    /** Asks; the answer goes to {@code answers}, then every event to {@code events}. */
    void ask(ActorRef<GenerationEvent> events, ActorRef<Admission> answers);
  }

  private record Answered(Admission admission) implements Command {}

  private record Told(GenerationEvent event) implements Command {}

  private record NobodyAnswers() implements Command {}

  private final ServerCallStreamObserver<GenerateEvent> client;
  private final EventWriter writer;
  private final ActorRef<?> asked;
  private final ActorRef<GenerationEvent> events;
  private final EventOutbox outbox = new EventOutbox();
  private final List<GenerationSession.Command> early = new ArrayList<>();
  private ActorRef<GenerationSession.Command> session;
  private boolean closed;

  /**
   * A stream that asks its source at once.
   *
   * @param asked who answers; where it is gone, nobody does
   */
  static Behavior<Command> create(
      ActorRef<?> asked,
      Source source,
      ServerCallStreamObserver<GenerateEvent> client,
      EventWriter writer) {
    return Behaviors.setup(
        context -> {
          var events = context.messageAdapter(GenerationEvent.class, Told::new);
          var answers = context.messageAdapter(Admission.class, Answered::new);
          context.watchWith(asked, new NobodyAnswers());
          source.ask(events, answers);
          return new ClientStream(context, asked, events, client, writer);
        });
  }

  private ClientStream(
      ActorContext<Command> context,
      ActorRef<?> asked,
      ActorRef<GenerationEvent> events,
      ServerCallStreamObserver<GenerateEvent> client,
      EventWriter writer) {
    super(context);
    this.asked = asked;
    this.events = events;
    this.client = client;
    this.writer = writer;
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Answered.class, this::onAnswered)
        .onMessage(Told.class, this::onTold)
        .onMessage(NobodyAnswers.class, this::onNobodyAnswers)
        .onMessage(Writable.class, writable -> send())
        .onMessage(Gone.class, this::onGone)
        .onMessage(Edit.class, edit -> tellSession(edit.edit()))
        .onMessage(NoMoreEdits.class, end -> tellSession(new GenerationSession.EndEdits()))
        .onMessage(Misused.class, this::onMisused)
        .onSignal(PostStop.class, stop -> onPostStop())
        .build();
  }

  private Behavior<Command> onAnswered(Answered answered) {
    if (answered.admission() instanceof Admission.Admitted admitted) {
      getContext().unwatch(asked); // its session sees to it that it is told the end
      session = admitted.session();
      early.forEach(session::tell);
      early.clear();
    } else if (answered.admission() instanceof Admission.Refused refused) {
      close(
          new Failed(
              0, refused.refusal(), refused.field(), refused.message(), refused.retryAfter()));
      return Behaviors.stopped();
    }
    return this;
  }

  private Behavior<Command> onNobodyAnswers(NobodyAnswers gone) {
    if (session != null) {
      return this; // it did answer, on the way
    }
    close(new Failed(0, Refusal.UNAVAILABLE, "", "the server cannot serve any more"));
    return Behaviors.stopped();
  }

  private Behavior<Command> onTold(Told told) {
    if (told.event() instanceof Failed failed && failed.refusal() == Refusal.TAKEN_OVER) {
      close(failed); // what waits here the other client is told
      return Behaviors.stopped();
    }
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
      if (next.get() instanceof Edited || next.get() instanceof EditRefused) {
        client.request(1); // only an edit whose answer is sent makes room for another
      }
      if (next.get() instanceof Finished) {
        closed = true;
        client.onCompleted();
        return Behaviors.stopped();
      }
    }
    long left = outbox.takeLeft();
    if (left > 0) {
      session.tell(new GenerationSession.Taken(events, left));
    }
    return this;
  }

  /** What a client says before it is admitted waits; the transport bounds how much that can be. */
  private Behavior<Command> tellSession(GenerationSession.Command command) {
    if (session == null) {
      early.add(command);
    } else {
      session.tell(command);
    }
    return this;
  }

  private Behavior<Command> onMisused(Misused misused) {
    client.onError(StatusTable.of(misused.wrong()));
    return cancel();
  }

  private Behavior<Command> onGone(Gone gone) {
    return cancel();
  }

  private Behavior<Command> cancel() {
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
