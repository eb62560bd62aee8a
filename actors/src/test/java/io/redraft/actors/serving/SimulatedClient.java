package io.redraft.actors.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.actors.serving.GenerationEvent.Committed;
import io.redraft.actors.serving.GenerationEvent.Drafted;
import io.redraft.actors.serving.GenerationEvent.Failed;
import io.redraft.actors.serving.GenerationEvent.Finished;
import io.redraft.actors.serving.GenerationEvent.Reopened;
import io.redraft.model.decode.Segment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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

  final GenerationRequest request;
  final SortedMap<Integer, Integer> folded = new TreeMap<>();
  ActorRef<Command> self;
  Admission admission;
  GenerationEvent end;
  boolean vanished;

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

  private final List<AssertionError> problems;
  private long events;

  /** A client that tells {@code problems} of what should not be. */
  SimulatedClient(GenerationRequest request, List<AssertionError> problems) {
    this.request = request;
    this.problems = problems;
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

  Behavior<Command> behavior(ActorRef<Serving.Command> serving) {
    return Behaviors.setup(
        context -> {
          serving.tell(
              new Serving.Generate(
                  request,
                  context.messageAdapter(GenerationEvent.class, Told::new),
                  context.messageAdapter(Admission.class, Answered::new)));
          return Behaviors.receive(Command.class)
              .onMessage(Answered.class, this::onAnswered)
              .onMessage(Told.class, this::onTold)
              .onMessage(Vanish.class, this::onVanish)
              .build();
        });
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
    vanished = true;
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
    assertThat(event.number()).as("events are numbered without a gap").isEqualTo(++events);
    if (event instanceof Committed committed) {
      committed.slots().forEach(this::commit);
    } else if (event instanceof Reopened reopened) {
      reopened.positions().forEach(p -> assertThat(folded.remove(p)).isNotNull());
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

  private void commit(GenerationEvent.Slot slot) {
    assertThat(folded.put(slot.position(), slot.token())).as("committed once").isNull();
  }

  private void checkText(Finished finished) {
    var written = new ArrayList<>(folded.values());
    assertThat(folded.lastKey()).as("written without a gap").isEqualTo(written.size() - 1);
    if (finished.reason() == GenerationEvent.Reason.END_OF_TEXT) {
      written.remove(written.size() - 1); // the end's own token is no text
    }
    assertThat(written).as("commits fold to the text").isEqualTo(finished.tokens());
  }
}
