package io.redraft.actors.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.actors.serving.GenerationEvent.CaughtUp;
import io.redraft.actors.serving.GenerationEvent.Committed;
import io.redraft.actors.serving.GenerationEvent.Drafted;
import io.redraft.actors.serving.GenerationEvent.EditRefused;
import io.redraft.actors.serving.GenerationEvent.Edited;
import io.redraft.actors.serving.GenerationEvent.Finished;
import io.redraft.actors.serving.GenerationEvent.Reopened;
import io.redraft.actors.serving.GenerationEvent.Slot;
import io.redraft.model.decode.CanvasEdit;
import io.redraft.model.decode.Splice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A text whose reader says what it has taken. */
class SlowReaderTest {
  private static final int MASKS = 60;
  private static final long LIMIT = 4_000;

  /** A canvas of 63: a step says a draft and a commit of all of them at most. */
  private static final long STEP = 2 * EventBytes.EVENT + 2 * 63 * EventBytes.SLOT;

  private final ActorTestKit kit = ActorTestKit.create();

  @AfterEach
  void end() {
    kit.shutdownTestKit();
  }

  private Harness harness() {
    var harness =
        new Harness(
            kit,
            new FakeModels(io.redraft.model.nn.AttentionMode.BIDIRECTIONAL),
            Harness.streams(
                Harness.SETTINGS, new StreamSettings(LIMIT, Duration.ofSeconds(30), 4096)));
    harness.await(ServingPhase.Ready.class);
    return harness;
  }

  @Test
  void aTextTakesNoStepWhileTooMuchWaitsAndGoesOnWhenItIsTaken() {
    var harness = harness();
    var slow = harness.ask(Harness.request(MASKS, 1));
    // Another text, read at once, is the clock: the slow one has stopped long before it ends.
    harness.ask(Harness.request(MASKS, 2), Edits.NONE, true).finished();
    harness.ask(Harness.request(MASKS, 3), Edits.NONE, true).finished();

    var read = new ArrayList<GenerationEvent>();
    do { // a step says a draft, then a commit
      read.add(slow.events.receiveMessage());
    } while (bytes(read) <= LIMIT || read.get(read.size() - 1) instanceof Drafted);
    slow.events.expectNoMessage(Duration.ofMillis(1));
    assertThat(bytes(read)).isGreaterThan(LIMIT).isLessThanOrEqualTo(LIMIT + STEP);

    slow.take(read);
    while (!Harness.ends(read.get(read.size() - 1))) {
      var event = slow.events.receiveMessage();
      read.add(event);
      slow.take(List.of(event));
    }
    var alone = harness.ask(Harness.request(MASKS, 1), Edits.NONE, true).toTheEnd();
    assertThat(read).as("as if nothing had been").isEqualTo(alone);
    assertThat(read).extracting(GenerationEvent::number).doesNotHaveDuplicates().isSorted();
  }

  @Test
  void editsOfATextThatWaitsForItsReaderAreAnswered() {
    var harness = harness();
    var slow = harness.ask(Harness.request(MASKS, 1), Edits.UNTIL_FINISHED);
    harness.ask(Harness.request(MASKS, 2), Edits.NONE, true).finished();
    slow.tell(new GenerationSession.Edit(9, OptionalLong.empty(), new CanvasEdit.Reopen(0, 1)));
    var read = new ArrayList<GenerationEvent>();
    do {
      read.add(slow.events.receiveMessage());
    } while (!(read.get(read.size() - 1) instanceof Edited));
    slow.take(read);
    var last = read.get(read.size() - 1);
    while (!Harness.ends(last)) {
      last = slow.events.receiveMessage();
      slow.take(List.of(last));
    }
    assertThat(last).isInstanceOf(Finished.class);
  }

  @Test
  void aTextThatWaitsForItsReaderCanBeCancelled() {
    var harness = harness();
    var slow = harness.ask(Harness.request(MASKS, 1));
    harness.ask(Harness.request(MASKS, 2), Edits.NONE, true).finished();
    slow.cancel();
    assertThat(slow.failed().refusal()).isEqualTo(GenerationEvent.Refusal.CANCELLED);
    var drained = harness.drain();
    drained.receiveMessage();
  }

  @Test
  void bytesCountEveryTokenAndNumber() {
    var slots = List.of(new Slot(0, 1, 1), new Slot(1, 1, 1));
    assertThat(EventBytes.of(new Drafted(1, 1, 2, slots))).isEqualTo(128 + 2 * 32);
    assertThat(EventBytes.of(new Committed(1, 1, 2, slots, false))).isEqualTo(128 + 2 * 32);
    assertThat(EventBytes.of(new Reopened(1, 1, List.of(1, 2, 3)))).isEqualTo(128 + 3 * 24);
    assertThat(EventBytes.of(new CaughtUp(1, 1, List.of(1), slots))).isEqualTo(128 + 24 + 64);
    var edited = new Edited(1, 1, 1, 2, new Splice(0, 0, 0), List.of(1), slots, List.of(1, 2));
    assertThat(EventBytes.of(edited)).isEqualTo(128 + 3 * 24 + 64);
    assertThat(EventBytes.of(new EditRefused(1, 1, "base", "no"))).isEqualTo(128 + 2 * 6);
  }

  private static long bytes(List<GenerationEvent> events) {
    return events.stream().mapToLong(EventBytes::of).sum();
  }
}
