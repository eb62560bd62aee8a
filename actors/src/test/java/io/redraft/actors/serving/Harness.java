package io.redraft.actors.serving;

import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.Segment;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;

/** Real serving actors over {@link FakeModels}, and clients that wait for what they are told. */
final class Harness {
  /** What a probe is told it never says it has taken. */
  static final StreamSettings STREAMS =
      new StreamSettings(Long.MAX_VALUE, Duration.ofSeconds(30), 4096);

  /** Ample limits; a test that is about one of them changes it. */
  static final ServingSettings SETTINGS =
      new ServingSettings(
          16,
          16,
          4096,
          4096,
          Duration.ofSeconds(1),
          RequestLimits.NONE,
          8,
          512,
          Duration.ofSeconds(1),
          Duration.ofSeconds(20),
          Duration.ofMillis(1),
          Duration.ofMillis(4),
          false,
          Duration.ofHours(1),
          Duration.ofSeconds(20),
          STREAMS,
          "redraft.device-dispatcher",
          "redraft.device-dispatcher");

  final ActorTestKit kit;
  final FakeModels models;
  final ActorRef<Serving.Command> serving;

  Harness(ActorTestKit kit, FakeModels models, ServingSettings settings) {
    this(kit, ServedModels.alone(models), models, settings);
  }

  Harness(ActorTestKit kit, ServedModels served, FakeModels models, ServingSettings settings) {
    this(kit, models, kit.spawn(Serving.create(settings, served, InstantSource.system())));
  }

  Harness(ActorTestKit kit, FakeModels models, ActorRef<Serving.Command> serving) {
    this.kit = kit;
    this.models = models;
    this.serving = serving;
  }

  static ServingSettings settings(int maxSessions, int maxQueued, Duration drainTimeout) {
    return SettingsChange.of(
        SETTINGS,
        change -> {
          change.maxSessions = maxSessions;
          change.maxQueued = maxQueued;
          change.drainTimeout = drainTimeout;
        });
  }

  /** A model that could not be loaded stays so for longer than any test. */
  static ServingSettings neverLoadingAgain() {
    return SettingsChange.of(
        SETTINGS,
        change -> {
          change.reloadBackoff = Duration.ofHours(1);
          change.maxReloadBackoff = Duration.ofHours(4);
        });
  }

  /** A text that is kept open waits this long for an edit. */
  static ServingSettings waitingForEdits(Duration editIdleTimeout) {
    return SettingsChange.of(SETTINGS, change -> change.editIdleTimeout = editIdleTimeout);
  }

  /** These settings with such limits for every request and such a token budget. */
  static ServingSettings limited(ServingSettings settings, int maxTokens, RequestLimits limits) {
    return SettingsChange.of(
        settings,
        change -> {
          change.maxTokens = maxTokens;
          change.limits = limits;
        });
  }

  /** These settings with another patience with the verifier. */
  static ServingSettings verifierTimeout(ServingSettings settings, Duration verifierTimeout) {
    return SettingsChange.of(settings, change -> change.verifierTimeout = verifierTimeout);
  }

  /** These settings with such bounds on what waits for clients. */
  static ServingSettings streams(ServingSettings settings, StreamSettings streams) {
    return SettingsChange.of(settings, change -> change.streams = streams);
  }

  /** These settings with a warm-up. */
  static ServingSettings warm(ServingSettings settings) {
    return SettingsChange.of(settings, change -> change.warmUp = true);
  }

  /** Asks for the end of serving. */
  TestProbe<Serving.Drained> drain() {
    var drained = kit.<Serving.Drained>createTestProbe();
    serving.tell(new Serving.Drain(drained.ref()));
    return drained;
  }

  /** One client: what it was told so far. */
  final class Client {
    final TestProbe<GenerationEvent> events = kit.createTestProbe();
    final Admission admission;
    private final boolean takes;

    private Client(GenerationRequest request, Edits edits, boolean takes) {
      this.takes = takes;
      var reply = kit.<Admission>createTestProbe();
      serving.tell(new Serving.Generate(request, edits, events.ref(), reply.ref()));
      admission = reply.receiveMessage();
    }

    /** Waits for the end; all events from the first on. */
    List<GenerationEvent> toTheEnd() {
      var all = new ArrayList<GenerationEvent>();
      while (all.isEmpty() || !ends(all.get(all.size() - 1))) {
        var event = events.receiveMessage();
        all.add(event);
        if (takes) {
          take(List.of(event));
        }
      }
      return all;
    }

    /** Waits for the end, which must be a whole text. */
    GenerationEvent.Finished finished() {
      var all = toTheEnd();
      return (GenerationEvent.Finished) all.get(all.size() - 1);
    }

    /** Waits for the end, which must be a failure. */
    GenerationEvent.Failed failed() {
      var all = toTheEnd();
      return (GenerationEvent.Failed) all.get(all.size() - 1);
    }

    Admission.Refused refused() {
      return (Admission.Refused) admission;
    }

    /** Says that these need no more memory. */
    void take(List<GenerationEvent> taken) {
      long bytes = taken.stream().mapToLong(EventBytes::of).sum();
      tell(new GenerationSession.Taken(events.ref(), bytes));
    }

    void cancel() {
      tell(new GenerationSession.Cancel());
    }

    void tell(GenerationSession.Command command) {
      ((Admission.Admitted) admission).session().tell(command);
    }

    /** Waits for an event of this kind; those before it are left out. */
    <E extends GenerationEvent> E await(Class<E> kind) {
      var event = events.receiveMessage();
      while (!kind.isInstance(event)) {
        event = events.receiveMessage();
      }
      return kind.cast(event);
    }
  }

  Client ask(GenerationRequest request) {
    return ask(request, Edits.NONE);
  }

  Client ask(GenerationRequest request, Edits edits) {
    return ask(request, edits, false);
  }

  /** A client that says, if it takes anything, what it has taken, while it waits for the end. */
  Client ask(GenerationRequest request, Edits edits, boolean takes) {
    return new Client(request, edits, takes);
  }

  /** Serving is watched until it is in such a phase. */
  <T extends ServingPhase> T await(Class<T> phase) {
    var phases = kit.<ServingPhase>createTestProbe();
    serving.tell(new Serving.WatchPhase(phases.ref()));
    var now = phases.receiveMessage();
    while (!phase.isInstance(now)) {
      now = phases.receiveMessage();
    }
    phases.stop();
    return phase.cast(now);
  }

  static boolean ends(GenerationEvent event) {
    return event instanceof GenerationEvent.Finished || event instanceof GenerationEvent.Failed;
  }

  /** Three tokens, then masks. */
  static GenerationRequest request(int masks, long seed) {
    return request(masks, seed, Optional.empty());
  }

  static GenerationRequest request(int masks, long seed, Optional<Instant> deadline) {
    return request(masks, seed, DecodeOptions.DEFAULTS, deadline);
  }

  static GenerationRequest request(int masks, long seed, DecodeOptions options) {
    return request(masks, seed, options, Optional.empty());
  }

  private static GenerationRequest request(
      int masks, long seed, DecodeOptions options, Optional<Instant> deadline) {
    return request(masks, seed, options, deadline, 0, "", RequestLimits.NONE);
  }

  static GenerationRequest request(int masks, long seed, String tenant, RequestLimits limits) {
    return request(masks, seed, DecodeOptions.DEFAULTS, Optional.empty(), 0, tenant, limits);
  }

  private static GenerationRequest request(
      int masks,
      long seed,
      DecodeOptions options,
      Optional<Instant> deadline,
      int priority,
      String tenant,
      RequestLimits limits) {
    return new GenerationRequest(
        "",
        List.of(new Segment.Fixed(new int[] {11, 12, 13}), new Segment.Masked(masks)),
        options,
        seed,
        Optional.of(Duration.ZERO),
        deadline,
        priority,
        tenant,
        limits);
  }
}
