package io.redraft.actors.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RecentEventsTest {
  private static TrainingEvent random(Random random, long step) {
    return switch (random.nextInt(7)) {
      case 0 -> new TrainingEvent.Logged(1, step, 1, 1, 0, 1, 1, 1, 1);
      case 1 -> new TrainingEvent.Evaluated(1, step, true, 1, 1);
      case 2 -> new TrainingEvent.Checkpointed(1, step);
      case 3 -> new TrainingEvent.StepsChanged(1, step, step + 1);
      case 4 -> new TrainingEvent.Paused(step);
      default -> new TrainingEvent.Stepped(1, step);
    };
  }

  /** By looking at everything that was ever told, from the end. */
  private static List<RunEvent> bruteForce(List<RunEvent> all, long after) {
    List<RunEvent> kept = new ArrayList<>();
    for (var i = all.size() - 1; i >= 0; i--) {
      var told = all.get(i);
      var newest =
          kept.stream().noneMatch(other -> other.event().getClass() == told.event().getClass());
      if (told.number() > after && (newest || !told.event().givesWay())) {
        kept.add(0, told);
      }
    }
    return kept;
  }

  @Test
  void keepsTheNewestOfWhatGivesWayAndEverythingElse() {
    for (var seed = 0; seed < 50; seed++) {
      var random = new Random(seed);
      var recent = new RecentEvents();
      List<RunEvent> all = new ArrayList<>();
      for (long number = 1; number <= 300; number++) {
        var told = new RunEvent(number, random(random, number));
        recent.add(told);
        all.add(told);
      }
      for (var after : new long[] {0, 1, 150, 299, 300, 301}) {
        assertThat(recent.after(after)).as("seed " + seed).isEqualTo(bruteForce(all, after));
      }
    }
  }

  @Test
  void forgetsWhatWasToldFirst() {
    var recent = new RecentEvents();
    var more = 10;
    for (long number = 1; number <= RecentEvents.KEPT + more; number++) {
      recent.add(new RunEvent(number, new TrainingEvent.Resumed()));
    }
    assertThat(recent.after(0)).hasSize(RecentEvents.KEPT);
    assertThat(recent.after(0).get(0).number()).isEqualTo(more + 1);
  }

  @Test
  void neitherOfTheTwoKindsTakesRoomFromTheOther() {
    var recent = new RecentEvents();
    var evaluated = new RunEvent(1, new TrainingEvent.Evaluated(1, 1, true, 1, 1));
    recent.add(evaluated);
    for (long number = 2; number < 2 + RecentEvents.KEPT; number++) {
      recent.add(new RunEvent(number, new TrainingEvent.Resumed()));
    }
    var stepped = new RunEvent(2 + RecentEvents.KEPT, new TrainingEvent.Stepped(1, 2));
    recent.add(stepped);
    assertThat(recent.after(0)).hasSize(RecentEvents.KEPT + 2).startsWith(evaluated);
    assertThat(recent.after(0)).endsWith(stepped);
  }
}
