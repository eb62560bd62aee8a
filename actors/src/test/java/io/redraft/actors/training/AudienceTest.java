package io.redraft.actors.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.annotations.JUnit5TestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestKitJUnit5Extension;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TestKitJUnit5Extension.class)
class AudienceTest {
  private static final TrainingEvent OPENED =
      new TrainingEvent.Opened(1, 2, "a", "cpu", 1, 1, 9, 0, 1, 1, "1 GFLOP/s");
  private static final TrainingEvent STEPPED = new TrainingEvent.Stepped(1, 1);
  private static final TrainingEvent AGAIN =
      new TrainingEvent.Restarting(1, "lost", 1, 3, Duration.ZERO);

  @JUnit5TestKit public ActorTestKit kit = ActorTestKit.create();

  private static List<TrainingEvent> received(TestProbe<RunEvent> probe, int count) {
    List<TrainingEvent> events = new ArrayList<>();
    for (var told : probe.receiveSeveralMessages(count)) {
      events.add(told.event());
    }
    return events;
  }

  @Test
  void anOpeningThatIsSaidTwiceIsToldOnceUntilTheStageIsOpenedAnew() {
    TestProbe<RunEvent> probe = kit.createTestProbe();
    var audience = new Audience();
    audience.add(probe.ref());
    for (var event : List.of(OPENED, OPENED, STEPPED, OPENED, AGAIN, OPENED, STEPPED)) {
      audience.tell(event);
    }
    assertThat(received(probe, 5)).containsExactly(OPENED, STEPPED, AGAIN, OPENED, STEPPED);
  }

  @Test
  void anOpeningIsToldAgainAfterTheJournalFailed() {
    TestProbe<RunEvent> probe = kit.createTestProbe();
    TestProbe<RunEvent> late = kit.createTestProbe();
    var audience = new Audience();
    audience.add(probe.ref());
    audience.tell(OPENED);
    audience.forgetOpening();
    audience.join(late.ref());
    audience.tell(OPENED);
    audience.tell(STEPPED);
    assertThat(received(probe, 3)).containsExactly(OPENED, OPENED, STEPPED);
    assertThat(received(late, 2)).containsExactly(OPENED, STEPPED);
  }

  @Test
  void whoJoinsLateIsToldWhatIsOpenAndWhoComesBackWhatItMissed() {
    TestProbe<RunEvent> late = kit.createTestProbe();
    TestProbe<RunEvent> back = kit.createTestProbe();
    var audience = new Audience();
    audience.tell(OPENED);
    audience.tell(STEPPED);
    audience.join(late.ref());
    audience.joinAfter(1, back.ref());
    assertThat(received(late, 1)).containsExactly(OPENED);
    assertThat(received(back, 1)).containsExactly(STEPPED);
    audience.tell(AGAIN);
    assertThat(received(late, 1)).containsExactly(AGAIN);
    assertThat(received(back, 1)).containsExactly(AGAIN);
    TestProbe<RunEvent> between = kit.createTestProbe();
    audience.join(between.ref()); // no stage is open while it waits to begin again
    audience.tell(STEPPED);
    assertThat(received(between, 1)).containsExactly(STEPPED);
  }

  @Test
  void whoComesBackAfterAnEndThatWasResumedIsToldTheRestAndNotThatEnd() {
    TestProbe<RunEvent> back = kit.createTestProbe();
    TestProbe<RunEvent> late = kit.createTestProbe();
    var resumed = new TrainingEvent.Resumed();
    var end = new TrainingEvent.Finished(2, "model");
    var audience = new Audience();
    for (var event : List.of(OPENED, new TrainingEvent.Stopped(1), resumed, OPENED, STEPPED)) {
      audience.tell(event);
    }
    audience.joinAfter(1, back.ref());
    assertThat(received(back, 3)).containsExactly(resumed, OPENED, STEPPED);
    audience.tell(end);
    assertThat(received(back, 1)).containsExactly(end);
    audience.joinAfter(0, late.ref());
    assertThat(received(late, 5)).containsExactly(OPENED, resumed, OPENED, STEPPED, end);
  }

  @Test
  void whoHasSeenMoreThanThereWasIsToldEverything() {
    TestProbe<RunEvent> back = kit.createTestProbe();
    var audience = new Audience();
    audience.tell(OPENED);
    audience.tell(STEPPED);
    audience.joinAfter(3, back.ref()); // of the process before this one
    assertThat(received(back, 2)).containsExactly(OPENED, STEPPED);
    TestProbe<RunEvent> same = kit.createTestProbe();
    audience.joinAfter(2, same.ref()); // has seen all
    audience.tell(AGAIN);
    assertThat(received(same, 1)).containsExactly(AGAIN);
  }
}
