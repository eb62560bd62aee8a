package io.redraft.actors.resume;

import io.redraft.actors.serving.Admission;
import io.redraft.actors.serving.GenerationEvent;
import io.redraft.actors.serving.GenerationEvent.Refusal;
import io.redraft.actors.serving.GenerationRequest;
import io.redraft.actors.serving.Serving;
import io.redraft.actors.serving.StreamSettings;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * All streams that can be resumed, by name. A name gives access to a text, so it is drawn from a
 * source that nobody can predict, and no actor is named after it.
 *
 * <p>Running texts are bounded by admission. Of those that have ended the oldest is forgotten when
 * together they are longer than {@link StreamSettings#resumeTokens}.
 *
 * <p>Supervision: <b>stop</b>, the default of its parent: without its memory nothing can be
 * resumed. A stream of which the actor fails is forgotten.
 */
public final class ResumableStreams extends AbstractBehavior<ResumableStreams.Command> {
  /** What is asked of streams. */
  public sealed interface Command {}

  /**
   * A text is asked for, as by {@link Serving.Generate}; its stream begins with {@link
   * GenerationEvent.Opened}. The subscriber's end does not end it; its {@link
   * io.redraft.actors.serving.GenerationSession.Taken} is the only thing that it says.
   *
   * @param window how long it is kept without a client, if not for as long as the settings allow
   */
  public record Open(
      GenerationRequest request,
      Optional<Duration> window,
      ActorRef<GenerationEvent> subscriber,
      ActorRef<Admission> replyTo)
      implements Command {}

  /**
   * A client goes on with a stream: events after that number, then what comes. It is answered like
   * a new one. Who had the stream before is told {@code TAKEN_OVER}.
   */
  public record Resume(
      String id, long after, ActorRef<GenerationEvent> subscriber, ActorRef<Admission> replyTo)
      implements Command {
    /** Leaves the name out: it gives access. */
    @Override
    public String toString() {
      return "Resume[after=%d]".formatted(after);
    }
  }

  /** A stream's text has ended. */
  record Ended(String id, int tokens) implements Command {}

  /** A stream has had no client for too long. */
  record Expired(String id) implements Command {}

  private record Gone(String id) implements Command {}

  private static final int ID_BYTES = 16;

  private final ActorRef<Serving.Command> serving;
  private final StreamSettings settings;
  private final InstantSource clock;
  private final RandomGenerator names;
  private final Map<String, ActorRef<ResumableStream.Command>> streams = new HashMap<>();
  private final Map<String, Integer> ended = new LinkedHashMap<>();
  private long endedTokens;

  /**
   * Streams of texts that {@code serving} writes.
   *
   * @param names a secure source
   */
  public static Behavior<Command> create(
      ActorRef<Serving.Command> serving,
      StreamSettings settings,
      InstantSource clock,
      RandomGenerator names) {
    return Behaviors.setup(
        context -> new ResumableStreams(context, serving, settings, clock, names));
  }

  private ResumableStreams(
      ActorContext<Command> context,
      ActorRef<Serving.Command> serving,
      StreamSettings settings,
      InstantSource clock,
      RandomGenerator names) {
    super(context);
    this.serving = serving;
    this.settings = settings;
    this.clock = clock;
    this.names = names;
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Open.class, this::onOpen)
        .onMessage(Resume.class, this::onResume)
        .onMessage(Ended.class, this::onEnded)
        .onMessage(Expired.class, this::onExpired)
        .onMessage(Gone.class, this::onGone)
        .build();
  }

  private Behavior<Command> onOpen(Open open) {
    var deadline = open.request().deadline();
    if (settings.resumeWindow().isZero()) {
      refuse(
          open.replyTo(),
          Refusal.INVALID,
          "resumable",
          "resumable is true; allowed: false, since redraft.serving.resume-window is 0 s");
    } else if (deadline.isPresent() && !deadline.get().isAfter(clock.instant())) {
      refuse(open.replyTo(), Refusal.DEADLINE, "", "the deadline passed before the text was begun");
    } else {
      byte[] name = new byte[ID_BYTES];
      names.nextBytes(name);
      var id = HexFormat.of().formatHex(name);
      var window =
          open.window()
              .filter(shorter -> shorter.compareTo(settings.resumeWindow()) < 0)
              .orElse(settings.resumeWindow());
      var stream =
          getContext()
              .spawnAnonymous(
                  ResumableStream.create(id, window, open, serving, getContext().getSelf()));
      getContext().watchWith(stream, new Gone(id));
      streams.put(id, stream);
    }
    return this;
  }

  private Behavior<Command> onResume(Resume resume) {
    var stream = streams.get(resume.id());
    if (stream == null) {
      resume.replyTo().tell(unknown());
    } else {
      stream.tell(
          new ResumableStream.Attach(resume.after(), resume.subscriber(), resume.replyTo()));
    }
    return this;
  }

  private Behavior<Command> onEnded(Ended text) {
    if (streams.containsKey(text.id())) {
      ended.put(text.id(), text.tokens());
      endedTokens += text.tokens();
    }
    while (endedTokens > settings.resumeTokens()) {
      var oldest = ended.keySet().iterator().next();
      streams.get(oldest).tell(new ResumableStream.Forgotten());
      forget(oldest);
    }
    return this;
  }

  private Behavior<Command> onExpired(Expired expired) {
    var stream = streams.get(expired.id());
    if (stream != null) {
      stream.tell(new ResumableStream.Forgotten());
      forget(expired.id());
    }
    return this;
  }

  private Behavior<Command> onGone(Gone gone) {
    forget(gone.id());
    return this;
  }

  private void forget(String id) {
    streams.remove(id);
    var tokens = ended.remove(id);
    endedTokens -= tokens == null ? 0 : tokens;
  }

  /** The answer for a name that is not, or no more, that of a stream; it does not repeat it. */
  static Admission.Refused unknown() {
    return new Admission.Refused(
        Refusal.NOT_FOUND,
        "stream_id",
        "stream_id names no stream; allowed: one that `opened` told, while it is kept",
        Duration.ZERO);
  }

  private static void refuse(
      ActorRef<Admission> replyTo, Refusal refusal, String field, String message) {
    replyTo.tell(new Admission.Refused(refusal, field, message, Duration.ZERO));
  }
}
