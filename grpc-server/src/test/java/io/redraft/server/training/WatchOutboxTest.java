package io.redraft.server.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.actors.training.RunEvent;
import io.redraft.actors.training.TrainingEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WatchOutboxTest {
  private long number;

  private RunEvent next(TrainingEvent event) {
    return new RunEvent(++number, event);
  }

  private static List<Long> numbers(WatchOutbox outbox) {
    List<Long> numbers = new ArrayList<>();
    for (Optional<RunEvent> event = outbox.poll(); event.isPresent(); event = outbox.poll()) {
      numbers.add(event.get().number());
    }
    return numbers;
  }

  @Test
  void stepsGiveWayToNewerOnesAndEverythingElseStaysInOrder() {
    var outbox = new WatchOutbox(8);
    outbox.offer(next(new TrainingEvent.Stepped(1, 1)));
    outbox.offer(next(new TrainingEvent.Checkpointed(1, 1)));
    outbox.offer(next(new TrainingEvent.Paused(1)));
    outbox.offer(next(new TrainingEvent.Stepped(1, 2)));
    outbox.offer(next(new TrainingEvent.Resumed()));
    outbox.offer(next(new TrainingEvent.Checkpointed(1, 2)));
    outbox.offer(next(new TrainingEvent.Stopped(2)));
    assertThat(numbers(outbox)).containsExactly(3L, 4L, 5L, 6L, 7L);
    assertThat(outbox.poll()).isEmpty();
  }

  @Test
  void aMillionStepsTakeOnePlace() {
    var outbox = new WatchOutbox(2);
    for (int step = 1; step <= 1_000_000; step++) {
      assertThat(outbox.offer(next(new TrainingEvent.Stepped(1, step)))).isTrue();
    }
    assertThat(outbox.offer(next(new TrainingEvent.Stopped(1_000_000)))).isTrue();
    assertThat(numbers(outbox)).containsExactly(1_000_000L, 1_000_001L);
  }

  @Test
  void whatMayNotBeDroppedIsRefusedWhereThereIsNoRoom() {
    var outbox = new WatchOutbox(2);
    assertThat(outbox.offer(next(new TrainingEvent.Paused(1)))).isTrue();
    assertThat(outbox.offer(next(new TrainingEvent.Resumed()))).isTrue();
    assertThat(outbox.offer(next(new TrainingEvent.Paused(2)))).isFalse();
    assertThat(numbers(outbox)).containsExactly(1L, 2L);
  }

  @Test
  void anEventThatIsToldAgainKeepsItsNumberAndItsPlace() {
    var outbox = new WatchOutbox(4);
    outbox.offer(new RunEvent(7, new TrainingEvent.Resumed()));
    outbox.offer(new RunEvent(3, new TrainingEvent.Stopped(2)));
    assertThat(numbers(outbox)).containsExactly(7L, 3L);
  }
}
