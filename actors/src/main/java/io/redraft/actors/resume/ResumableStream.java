package io.redraft.actors.resume;

import io.redraft.actors.serving.Admission;
import io.redraft.actors.serving.Edits;
import io.redraft.actors.serving.EventBytes;
import io.redraft.actors.serving.GenerationEvent;
import io.redraft.actors.serving.GenerationEvent.Failed;
import io.redraft.actors.serving.GenerationEvent.Finished;
import io.redraft.actors.serving.GenerationEvent.Opened;
import io.redraft.actors.serving.GenerationEvent.Refusal;
import io.redraft.actors.serving.GenerationSession;
import io.redraft.actors.serving.Serving;
import io.redraft.model.InvalidInputException;
import java.time.Duration;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * One stream that can be resumed: the subscriber of its session, and for its client what a session
 * is otherwise. It passes events on and remembers them in an {@link EventLog}.
 *
 * <pre>
 *   ASKING ── refused ──▶ ended
 *     │
 *     │ admitted                 ┌── resumed by another client: the first is told
 *     ▼                          │
 *   ATTACHED ◀───────────────────┘
 *     │  ▲
 *     │  └── resumed ──┐
 *     │               │
 *     └─ client gone ─▶ DETACHED ── no client for the window ──▶ ended: the session, too, if it runs
 * </pre>
 *
 * <p>Without a client the session goes on: the log takes what it says. With one it is held back by
 * its client's speed as it would be without this actor; what is told again does not count.
 *
 * <p>Supervision: <b>stop</b>. A log that failed cannot be trusted; the session ends with it, and
 * the client is told.
 */
final class ResumableStream extends AbstractBehavior<ResumableStream.Command> {
  /** What happens to a stream. */
  sealed interface Command {}

  /** A client goes on with the stream after an event; the answer and events as for a new one. */
  record Attach(long after, ActorRef<GenerationEvent> client, ActorRef<Admission> replyTo)
      implements Command {}

  /** The parent knows it no more; nobody will attach after this. */
  record Forgotten() implements Command {}

  private record Answered(Admission admission) implements Command {}

  private record Told(GenerationEvent event) implements Command {}

  private record Said(GenerationSession.Command command) implements Command {}

  private record ServingGone() implements Command {}

  private record ClientGone(ActorRef<GenerationEvent> client) implements Command {}

  private record WindowPassed() implements Command {}

  private static final Object WINDOW = "window";
  private static final String STOPPED = "the server stopped before the text was finished";

  private final TimerScheduler<Command> timers;
  private final String id;
  private final Duration window;
  private final ActorRef<Serving.Command> serving;
  private final ActorRef<ResumableStreams.Command> parent;
  private final ActorRef<GenerationEvent> events;
  private final ActorRef<GenerationSession.Command> said;
  private final EventLog log = new EventLog();
  private ActorRef<Admission> asking;
  private ActorRef<GenerationEvent> client;
  private Admission.Admitted admitted;
  private boolean ended;
  private boolean expired;

  /** Bytes told again that the client has not taken, and of the rest those. */
  private long replayed;

  private long unread;

  /** A stream that asks {@code serving} for its text at once. */
  static Behavior<Command> create(
      String id,
      Duration window,
      ResumableStreams.Open open,
      ActorRef<Serving.Command> serving,
      ActorRef<ResumableStreams.Command> parent) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> new ResumableStream(context, timers, id, window, open, serving, parent)));
  }

  private ResumableStream(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      String id,
      Duration window,
      ResumableStreams.Open open,
      ActorRef<Serving.Command> serving,
      ActorRef<ResumableStreams.Command> parent) {
    super(context);
    this.timers = timers;
    this.id = id;
    this.window = window;
    this.parent = parent;
    this.asking = open.replyTo();
    this.events = context.messageAdapter(GenerationEvent.class, Told::new);
    this.said = context.messageAdapter(GenerationSession.Command.class, Said::new);
    attach(open.subscriber());
    var answers = context.messageAdapter(Admission.class, Answered::new);
    // A call's deadline is the call's: the text has another client after it.
    var request = open.request().withoutDeadline();
    this.serving = serving;
    context.watchWith(serving, new ServingGone());
    serving.tell(new Serving.Generate(request, Edits.NONE, events, answers));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Answered.class, this::onAnswered)
        .onMessage(Told.class, this::onTold)
        .onMessage(ServingGone.class, gone -> asking == null ? this : Behaviors.stopped())
        .onMessage(Said.class, this::onSaid)
        .onMessage(Attach.class, this::onAttach)
        .onMessage(ClientGone.class, this::onClientGone)
        .onMessage(WindowPassed.class, this::onWindowPassed)
        .onMessage(Forgotten.class, forgotten -> Behaviors.stopped())
        .onSignal(PostStop.class, stop -> onPostStop())
        .build();
  }

  private Behavior<Command> onAnswered(Answered answered) {
    if (answered.admission() instanceof Admission.Admitted now) {
      getContext().unwatch(serving); // its session sees to it that the end is told
      admitted = now;
      asking.tell(new Admission.Admitted(said, now.model()));
      tellClient(new Opened(0, id, window));
      asking = null;
      return this;
    }
    asking.tell(answered.admission());
    asking = null;
    client = null;
    return Behaviors.stopped();
  }

  private Behavior<Command> onTold(Told told) {
    var event = told.event();
    log.add(event);
    if (client == null) {
      take(EventBytes.of(event));
    } else {
      unread += EventBytes.of(event);
      client.tell(event);
    }
    if (event instanceof Finished || event instanceof Failed) {
      ended = true;
      parent.tell(new ResumableStreams.Ended(id, log.canvasLength()));
      if (client == null) {
        startWindow();
      }
    }
    return this;
  }

  /** The only thing that a client says; that it is gone is seen by its actor's end. */
  private Behavior<Command> onSaid(Said said) {
    if (said.command() instanceof GenerationSession.Taken taken && taken.by().equals(client)) {
      long again = Math.min(replayed, taken.bytes());
      replayed -= again;
      unread -= taken.bytes() - again;
      take(taken.bytes() - again);
    }
    return this;
  }

  private Behavior<Command> onAttach(Attach attach) {
    if (expired) {
      attach.replyTo().tell(ResumableStreams.unknown());
      return this;
    }
    List<GenerationEvent> missed;
    try {
      missed = log.after(attach.after());
    } catch (InvalidInputException e) {
      attach
          .replyTo()
          .tell(new Admission.Refused(Refusal.INVALID, e.field(), e.getMessage(), Duration.ZERO));
      return this;
    }
    if (client != null) {
      getContext().unwatch(client);
      client.tell(
          new Failed(0, Refusal.TAKEN_OVER, "stream_id", "another client has resumed this stream"));
      detach();
    }
    attach(attach.client());
    attach.replyTo().tell(new Admission.Admitted(said, admitted.model()));
    missed.forEach(this::tellClient);
    return this;
  }

  private Behavior<Command> onClientGone(ClientGone gone) {
    if (gone.client().equals(client)) {
      detach();
      startWindow();
    }
    return this;
  }

  /** Who attaches on the way to the parent's answer still gets one. */
  private Behavior<Command> onWindowPassed(WindowPassed passed) {
    expired = true;
    parent.tell(new ResumableStreams.Expired(id));
    return this;
  }

  /** A stream that fails, or ends with all others, leaves no client waiting. */
  private Behavior<Command> onPostStop() {
    if (asking != null) {
      asking.tell(new Admission.Refused(Refusal.UNAVAILABLE, "", STOPPED, Duration.ZERO));
    } else if (client != null && !ended) {
      client.tell(new Failed(0, Refusal.UNAVAILABLE, "", STOPPED));
    }
    return this;
  }

  private void attach(ActorRef<GenerationEvent> next) {
    timers.cancel(WINDOW);
    client = next;
    getContext().watchWith(next, new ClientGone(next));
  }

  /** What the client has not taken the log has. */
  private void detach() {
    client = null;
    take(unread);
    unread = 0;
    replayed = 0;
  }

  private void startWindow() {
    timers.startSingleTimer(WINDOW, new WindowPassed(), window);
  }

  /** Tells what the session does not wait for. */
  private void tellClient(GenerationEvent event) {
    if (client != null) {
      replayed += EventBytes.of(event);
      client.tell(event);
    }
  }

  private void take(long bytes) {
    if (admitted != null && bytes > 0) {
      admitted.session().tell(new GenerationSession.Taken(events, bytes));
    }
  }
}
