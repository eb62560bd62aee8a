package io.redraft.actors.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.actors.resume.ResumableStreams;
import io.redraft.actors.serving.GenerationEvent.Committed;
import io.redraft.actors.serving.GenerationEvent.Drafted;
import io.redraft.actors.serving.GenerationEvent.EditRefused;
import io.redraft.actors.serving.GenerationEvent.Edited;
import io.redraft.actors.serving.GenerationEvent.Failed;
import io.redraft.actors.serving.GenerationEvent.Finished;
import io.redraft.actors.serving.GenerationEvent.Opened;
import io.redraft.actors.serving.GenerationEvent.Reopened;
import io.redraft.actors.serving.GenerationEvent.Repaired;
import io.redraft.actors.serving.GenerationEvent.Settled;
import io.redraft.model.decode.EditScenarios;
import io.redraft.model.decode.FakeDenoiser;
import io.redraft.model.decode.Segment;
import io.redraft.model.decode.Splice;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** A client in a simulation. It checks every event against those before. */
final class SimulatedClient {
  sealed interface Command {}

  private record Answered(Admission admission) implements Command {}

  private record Told(GenerationEvent event) implements Command {}

  /** Goes without a word. */
  record Vanish() implements Command {}

  /** Edits that a client sends at most; then it has no more. */
  private static final int MOST_EDITS = 10;

  final GenerationRequest request;
  final Edits edits;
  final SortedMap<Integer, Integer> pins = new TreeMap<>();
  final SortedMap<Integer, Integer> folded = new TreeMap<>();
  ActorRef<Command> self;
  Admission admission;
  GenerationEvent end;
  boolean vanished;

  /** Whether its stream is resumable, and of one that is, whether its connection is broken now. */
  boolean resumable;

  boolean away;

  /** How often it has come back. */
  int resumed;

  /** Whether the end may be a cancellation. */
  boolean cancelled;

  /** Forwards without it that were due to it; see {@link Simulation}. */
  int forwardsWithout;

  /** When the first forward since it was part of one was computed without it. */
  Instant leftOut;

  /** Forwards of which it was part although it had ended. */
  int forwardsAfterTheEnd;

  /** Whether a forward has held it. */
  boolean stepping;

  /** Edits that have taken effect, and such that were refused. */
  int accepted;

  int refused;

  /**
   * Whether it was told that nothing is left to write, so that it need not be part of a forward.
   */
  boolean settled;

  private final List<AssertionError> problems;
  private long events;
  private String stream;
  private long sent;
  private int length;

  /** A client that tells {@code problems} of what should not be. */
  SimulatedClient(GenerationRequest request, Edits edits, List<AssertionError> problems) {
    this.request = request;
    this.edits = edits;
    this.problems = problems;
    this.length = canvasLength();
  }

  /** Sends an edit for the canvas that it knows of, or the news that there will be none. */
  void edit(Random random) {
    if (edits == Edits.NONE || done() || !(admission instanceof Admission.Admitted admitted)) {
      return;
    }
    if (sent == MOST_EDITS) {
      admitted.session().tell(new GenerationSession.EndEdits());
      return;
    }
    var edit = EditScenarios.any(random, length, FakeDenoiser.CONFIG.endToken());
    var base = random.nextInt(4) == 0 ? OptionalLong.empty() : OptionalLong.of(events);
    admitted.session().tell(new GenerationSession.Edit(++sent, base, edit));
  }

  /** Whether it has a place: it was told something, and not yet the end. */
  boolean running() {
    return events > 0 && !done();
  }

  /** Tokens of its canvas, without a begin token. */
  int canvasLength() {
    return request.segments().stream()
        .mapToInt(
            s -> s instanceof Segment.Fixed f ? f.tokens().length : ((Segment.Masked) s).count())
        .sum();
  }

  /** A client that asks for its text, or comes back to it. */
  Behavior<Command> behavior(
      ActorRef<Serving.Command> serving, ActorRef<ResumableStreams.Command> streams) {
    return Behaviors.setup(
        context -> {
          var told = context.messageAdapter(GenerationEvent.class, Told::new);
          var answered = context.messageAdapter(Admission.class, Answered::new);
          if (away) {
            away = false;
            resumed++;
            admission = null;
            streams.tell(new ResumableStreams.Resume(stream, events, told, answered));
          } else if (resumable) {
            streams.tell(new ResumableStreams.Open(request, Optional.empty(), told, answered));
          } else {
            serving.tell(new Serving.Generate(request, edits, told, answered));
          }
          return Behaviors.receive(Command.class)
              .onMessage(Answered.class, this::onAnswered)
              .onMessage(Told.class, this::onTold)
              .onMessage(Vanish.class, this::onVanish)
              .build();
        });
  }

  /** Whether a verifier has a say in its text, so that it asks the model only now and then. */
  boolean verified() {
    return request.options().verification().on();
  }

  /** Whether nothing more will happen to it. */
  boolean done() {
    return vanished || end != null || admission instanceof Admission.Refused;
  }

  private Behavior<Command> onAnswered(Answered answered) {
    if (admission != null) {
      problems.add(new AssertionError("answered twice"));
    }
    admission = answered.admission();
    return Behaviors.same();
  }

  private Behavior<Command> onVanish(Vanish vanish) {
    if (resumable && (stream == null || end != null)) {
      return Behaviors.same(); // before it knows how to come back its text would be kept for nobody
    }
    away = resumable;
    vanished = !away;
    return Behaviors.stopped();
  }

  private Behavior<Command> onTold(Told told) {
    try {
      check(told.event());
    } catch (AssertionError e) {
      problems.add(e); // thrown here it would only stop this actor
    }
    return Behaviors.same();
  }

  private void check(GenerationEvent event) {
    assertThat(end).as("nothing follows the end").isNull();
    assertThat(admission).as("admitted first").isInstanceOf(Admission.Admitted.class);
    if (event instanceof Opened opened) {
      stream = opened.stream();
      return;
    }
    if (resumed == 0) {
      assertThat(event.number()).as("events are numbered without a gap").isEqualTo(events + 1);
    }
    assertThat(event.number()).as("numbers go up").isGreaterThan(events);
    events = event.number();
    if (event instanceof Committed committed) {
      committed.slots().forEach(this::commit);
      if (committed.pinned()) {
        committed.slots().forEach(slot -> pins.put(slot.position(), slot.token()));
      }
    } else if (event instanceof Reopened reopened) {
      reopened.positions().forEach(p -> assertThat(folded.remove(p)).isNotNull());
      assertThat(pins).doesNotContainKeys(reopened.positions().toArray(Integer[]::new));
    } else if (event instanceof Repaired repaired) {
      repaired.before().forEach(s -> assertThat(folded).containsEntry(s.position(), s.token()));
      repaired.after().forEach(slot -> folded.put(slot.position(), slot.token()));
      assertThat(folded).as("pins stay").containsAllEntriesOf(pins);
    } else if (event instanceof Edited edited) {
      fold(edited);
    } else if (event instanceof EditRefused edit) {
      assertThat(edit.id()).as("answered in order").isEqualTo(accepted + ++refused);
      assertThat(edit.message()).contains("allowed");
    } else if (event instanceof Settled now) {
      assertThat(folded.headMap(now.textLength())).hasSize(now.textLength());
      settled = true;
    } else if (event instanceof Drafted drafted) {
      drafted.slots().forEach(s -> assertThat(folded).doesNotContainKey(s.position()));
    } else if (event instanceof Finished finished) {
      checkText(finished);
      end = event;
    } else if (event instanceof Failed failed) {
      boolean overloaded = failed.refusal() == GenerationEvent.Refusal.OVERLOADED;
      assertThat(overloaded && events > 1).as("displaced after it began").isFalse();
      assertThat(overloaded).as("a hint").isEqualTo(failed.retryAfter().toMillis() >= 100);
      end = event;
    }
  }

  private void fold(Edited edited) {
    assertThat(edited.id()).as("answered in order").isEqualTo(++accepted + refused);
    settled = false;
    forwardsWithout = 0;
    leftOut = null; // it asks anew, behind whoever has a priority
    length = edited.canvasLength();
    move(folded, edited.splice());
    move(pins, edited.splice());
    for (int p : edited.reopened()) {
      assertThat(folded.remove(p)).as("re-opened while decided").isNotNull();
      pins.remove(p);
    }
    edited.changed().forEach(slot -> folded.put(slot.position(), slot.token()));
    edited.pinned().forEach(p -> pins.put(p, folded.get(p)));
    assertThat(folded.tailMap(length)).as("what is cut off").isEmpty();
    assertThat(folded).as("pins stay").containsAllEntriesOf(pins);
  }

  private static void move(SortedMap<Integer, Integer> tokens, Splice splice) {
    var moved = new TreeMap<Integer, Integer>();
    tokens.forEach((position, token) -> moved.put(splice.move(position), token));
    moved.remove(-1);
    tokens.clear();
    tokens.putAll(moved);
  }

  private void commit(GenerationEvent.Slot slot) {
    assertThat(folded.put(slot.position(), slot.token())).as("committed once").isNull();
  }

  private void checkText(Finished finished) {
    var written = new ArrayList<>(folded.values());
    assertThat(folded).as("pins are in the text").containsAllEntriesOf(pins);
    assertThat(folded.lastKey()).as("written without a gap").isEqualTo(written.size() - 1);
    if (finished.reason() == GenerationEvent.Reason.END_OF_TEXT) {
      written.remove(written.size() - 1); // the end's own token is no text
    }
    assertThat(written).as("commits fold to the text").isEqualTo(finished.tokens());
  }

  @Override
  public String toString() {
    return "client %d: admission %s, %d events, stepping %s, settled %s, resumable %s, away %s, resumed %d, cancelled %s, options %s, limits %s"
        .formatted(
            request.seed(),
            admission,
            events,
            stepping,
            settled,
            resumable,
            away,
            resumed,
            cancelled,
            request.options(),
            request.limits());
  }
}
