package io.redraft.actors.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.actors.serving.GenerationEvent.Committed;
import io.redraft.actors.serving.GenerationEvent.Drafted;
import io.redraft.actors.serving.GenerationEvent.Finished;
import io.redraft.actors.serving.GenerationEvent.Reopened;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class EventOutboxTest {
  /** What a reader and a writer do, in turn. */
  enum Move {
    DRAFT,
    COMMIT,
    REOPEN,
    READ
  }

  @Provide
  Arbitrary<List<Move>> moves() {
    return Arbitraries.of(Move.class).list().ofMaxSize(60);
  }

  @Property
  void aReaderOfAnySpeedGetsEverythingButOldDraftsInOrder(@ForAll("moves") List<Move> moves) {
    var outbox = new EventOutbox();
    var offered = new ArrayList<GenerationEvent>();
    var read = new ArrayList<GenerationEvent>();
    for (var move : moves) {
      if (move == Move.READ) {
        outbox.poll().ifPresent(read::add);
      } else {
        var event = event(move, offered.size() + 1);
        offered.add(event);
        outbox.offer(event);
      }
      assertThat(outbox.isDone()).isFalse();
    }
    var end = finished(offered.size() + 1);
    offered.add(end);
    outbox.offer(end);
    while (!outbox.isDone()) {
      read.add(outbox.poll().orElseThrow());
    }
    assertThat(read).isSortedAccordingTo(Comparator.comparing(GenerationEvent::number));
    assertThat(without(read)).isEqualTo(without(offered));
    assertThat(offered.size() - read.size()).isEqualTo((int) outbox.droppedDrafts());
    assertThat(outbox.poll()).isEmpty();
    assertThat(outbox.bytes()).isZero();
    assertThat(outbox.takeLeft()).isEqualTo(bytes(offered));
    assertThat(outbox.takeLeft()).isZero();
  }

  @Property
  void holdsOneDraftHoweverManyCome(@ForAll("moves") List<Move> moves) {
    var outbox = new EventOutbox();
    int kept = 0;
    for (int i = 0; i < moves.size(); i++) {
      var move = moves.get(i) == Move.READ ? Move.DRAFT : moves.get(i);
      outbox.offer(event(move, i + 1));
      kept += move == Move.DRAFT ? 0 : 1;
      assertThat(outbox.size()).isBetween(kept, kept + 1);
    }
  }

  @Test
  void aReaderThatKeepsUpGetsEveryDraft() {
    var outbox = new EventOutbox();
    for (int i = 1; i <= 5; i++) {
      outbox.offer(event(Move.DRAFT, i));
      assertThat(outbox.poll()).contains(event(Move.DRAFT, i));
    }
    assertThat(outbox.droppedDrafts()).isZero();
  }

  @Test
  void nothingFollowsTheEnd() {
    var outbox = new EventOutbox();
    outbox.offer(finished(1));
    assertThatThrownBy(() -> outbox.offer(event(Move.DRAFT, 2)))
        .isInstanceOf(IllegalStateException.class);
  }

  private static long bytes(List<GenerationEvent> events) {
    return events.stream().mapToLong(EventBytes::of).sum();
  }

  private static List<GenerationEvent> without(List<GenerationEvent> events) {
    return events.stream().filter(event -> !(event instanceof Drafted)).toList();
  }

  private static GenerationEvent event(Move move, long number) {
    var slots = List.of(new GenerationEvent.Slot((int) number, 7, 0.5f));
    return switch (move) {
      case DRAFT -> new Drafted(number, 1, 100, slots);
      case COMMIT -> new Committed(number, 1, 100, slots, false);
      case REOPEN -> new Reopened(number, 1, List.of(3));
      case READ -> throw new IllegalArgumentException("no event");
    };
  }

  private static Finished finished(long number) {
    return new Finished(
        number, GenerationEvent.Reason.LENGTH, List.of(), 0, 0, 1, 1, 1, Optional.empty());
  }
}
