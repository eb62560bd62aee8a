package io.redraft.actors.resume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.actors.serving.GenerationEvent;
import io.redraft.actors.serving.GenerationEvent.CaughtUp;
import io.redraft.actors.serving.GenerationEvent.Committed;
import io.redraft.actors.serving.GenerationEvent.Drafted;
import io.redraft.actors.serving.GenerationEvent.Failed;
import io.redraft.actors.serving.GenerationEvent.Finished;
import io.redraft.actors.serving.GenerationEvent.Reopened;
import io.redraft.actors.serving.GenerationEvent.Slot;
import io.redraft.model.InvalidInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class EventLogTest {
  /** Tokens by position. */
  private static Map<Integer, Slot> fold(List<GenerationEvent> events) {
    var canvas = new TreeMap<Integer, Slot>();
    for (var event : events) {
      if (event instanceof Committed commit) {
        commit.slots().forEach(slot -> canvas.put(slot.position(), slot));
      } else if (event instanceof Reopened reopened) {
        canvas.keySet().removeAll(reopened.positions());
      } else if (event instanceof CaughtUp caught) {
        canvas.keySet().removeAll(caught.reopened());
        caught.changed().forEach(slot -> canvas.put(slot.position(), slot));
      }
    }
    return canvas;
  }

  /** Fixed text, then steps of a draft, commits and, where it is allowed, re-openings. */
  private static List<GenerationEvent> stream(
      Random random, int length, int steps, boolean remask) {
    var events = new ArrayList<GenerationEvent>();
    var decided = new TreeMap<Integer, Boolean>();
    if (random.nextBoolean()) {
      events.add(new Committed(1, 0, length, List.of(new Slot(0, 5, 1)), true));
      decided.put(0, true);
    }
    for (int step = 1; step <= steps; step++) {
      int at = step;
      if (random.nextBoolean()) {
        events.add(new Drafted(events.size() + 1, at, length, List.of()));
      }
      var commits = new ArrayList<Slot>();
      var reopened = new ArrayList<Integer>();
      for (int p = 0; p < length; p++) {
        if (!decided.containsKey(p) && random.nextInt(3) == 0) {
          commits.add(new Slot(p, random.nextInt(100), random.nextFloat()));
        } else if (remask && decided.get(p) == Boolean.FALSE && random.nextInt(4) == 0) {
          reopened.add(p);
        }
      }
      if (!commits.isEmpty()) {
        events.add(new Committed(events.size() + 1, at, length, commits, false));
        commits.forEach(slot -> decided.put(slot.position(), false));
      }
      if (!reopened.isEmpty()) {
        events.add(new Reopened(events.size() + 1, at, reopened));
        decided.keySet().removeAll(reopened);
      }
    }
    return events;
  }

  private static Finished finished(long number) {
    return new Finished(
        number, GenerationEvent.Reason.LENGTH, List.of(1, 2), 0, 2, 1, 1, 1, Optional.empty());
  }

  @Property
  void whatWasSeenAndWhatComesAgainFoldToTheSameWhereverTheStreamBreaks(
      @ForAll Random random, @ForAll @IntRange(min = 1, max = 12) int length) {
    var all = stream(random, length, 40, true);
    var log = new EventLog();
    for (int told = 0; told < all.size(); told++) {
      log.add(all.get(told));
      var now = fold(all.subList(0, told + 1));
      int seen = random.nextInt(told + 2); // events, of which the last has this number
      var reader = new ArrayList<>(all.subList(0, seen));
      reader.addAll(log.after(seen));
      assertThat(fold(reader)).as("after %d of %d", seen, told + 1).isEqualTo(now);
      assertThat(log.entries()).isLessThanOrEqualTo(EventLog.ENTRIES * length);
    }
  }

  @Property
  void numbersGoUpAndAreNewToTheReader(
      @ForAll Random random, @ForAll @IntRange(min = 1, max = 12) int length) {
    var all = stream(random, length, 40, true);
    var log = new EventLog();
    all.forEach(log::add);
    long seen = random.nextInt(all.size() + 1);
    assertThat(log.after(seen))
        .extracting(GenerationEvent::number)
        .isSorted()
        .doesNotHaveDuplicates()
        .allMatch(number -> number > seen);
  }

  @Property
  void aStreamWithoutRemaskingComesAgainExactlyAsItWas(
      @ForAll Random random, @ForAll @IntRange(min = 1, max = 40) int length) {
    var all = stream(random, length, 60, false);
    all.add(finished(all.size() + 1));
    var log = new EventLog();
    all.forEach(log::add);
    int seen = random.nextInt(all.size());
    var missed =
        all.subList(seen, all.size()).stream().filter(e -> !(e instanceof Drafted)).toList();
    assertThat(log.after(seen)).isEqualTo(missed);
  }

  @Test
  void changesThatAreTooManyAreToldInOneEventThatHasTheNumberOfTheLast() {
    var log = new EventLog();
    var slot = new Slot(0, 7, 0.5f);
    for (int number = 1; number <= 100; number += 2) { // one position, committed and re-opened
      log.add(new Committed(number, number, 1, List.of(slot), false));
      log.add(new Reopened(number + 1, number, List.of(0)));
    }
    log.add(new Committed(101, 51, 1, List.of(slot), false));
    // 4 entries a position: the newest two events of 2 entries each are kept as they were.
    assertThat(log.after(0))
        .containsExactly(
            new CaughtUp(99, 99, List.of(), List.of(slot)),
            new Reopened(100, 99, List.of(0)),
            new Committed(101, 51, 1, List.of(slot), false));
    assertThat(log.after(99)).hasSize(2);
    assertThat(log.after(101)).isEmpty();
  }

  @Test
  void anEventThatWasNotToldYetIsRefused() {
    var log = new EventLog();
    log.add(new Drafted(1, 1, 4, List.of()));
    assertThat(log.after(1)).isEmpty();
    for (long number : new long[] {2, -1}) {
      assertThatThrownBy(() -> log.after(number))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage("after is %s; allowed: 0 to 1".formatted(Long.toUnsignedString(number)));
    }
  }

  @Test
  void theEndComesAgainWhateverWasSeen() {
    var log = new EventLog();
    log.add(new Committed(1, 1, 2, List.of(new Slot(0, 1, 1), new Slot(1, 2, 1)), false));
    log.add(finished(2));
    assertThat(log.after(2)).containsExactly(finished(2));

    var failing = new EventLog();
    failing.add(new Drafted(1, 1, 2, List.of()));
    var failed = new Failed(2, GenerationEvent.Refusal.LIMIT, "limits.max_steps", "used up");
    failing.add(failed);
    assertThat(failing.after(1)).containsExactly(failed);
    assertThatThrownBy(() -> failing.after(2)).hasMessageContaining("0 to 1");
  }
}
