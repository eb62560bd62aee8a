package io.redraft.actors.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.InvalidInputException;
import io.redraft.model.train.TrainingHaltedException;
import io.redraft.model.train.TrainingSession;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.curriculum.StagedRun;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.apache.pekko.actor.testkit.typed.annotations.JUnit5TestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestKitJUnit5Extension;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TestKitJUnit5Extension.class)
class TrainingRunTest {
  /** More steps than are taken before a message arrives, however late it is. */
  private static final long ENDLESS = Long.MAX_VALUE;

  /** Waits that a test does not notice, doubling all the same. */
  private static final TrainingRunSettings SETTINGS = settings(Optional.empty());

  @JUnit5TestKit public ActorTestKit kit = ActorTestKit.create(JournalInMemory.config());
  private TestProbe<RunEvent> events;
  private int runs;

  private static TrainingRunSettings settings(Optional<Duration> timeLimit) {
    return new TrainingRunSettings(
        2,
        Duration.ofMillis(1),
        Duration.ofMillis(8),
        Duration.ofSeconds(5),
        timeLimit,
        "redraft.device-dispatcher");
  }

  @BeforeEach
  void listen() {
    events = kit.createTestProbe();
  }

  private ActorRef<TrainingRun.Command> start(StagedRun run) {
    return start(run, SETTINGS);
  }

  private ActorRef<TrainingRun.Command> start(StagedRun run, TrainingRunSettings settings) {
    var id = "run-" + ++runs;
    return kit.spawn(
        TrainingRun.create(id, settings, run, RunJournal.DEFAULT, false, events.ref()));
  }

  /** Everything up to and with the end. */
  private List<TrainingEvent> toTheEnd() {
    List<TrainingEvent> all = new ArrayList<>();
    do {
      all.add(events.receiveMessage().event());
    } while (!(all.get(all.size() - 1) instanceof TrainingEvent.Ended));
    return all;
  }

  private static <T> List<T> only(List<TrainingEvent> events, Class<T> type) {
    return events.stream().filter(type::isInstance).map(type::cast).toList();
  }

  @Test
  void tellsOfEveryStepLineCheckpointAndTheEndInOrder() {
    start(new FakeRun(3, 2));
    assertThat(toTheEnd())
        .containsExactly(
            new TrainingEvent.Opened(1, 1, "end-to-end", "fake", 10, 100, 3, 0, 7, 2, "1 GFLOP/s"),
            new TrainingEvent.Stepped(1, 1),
            new TrainingEvent.Stepped(1, 2),
            new TrainingEvent.Logged(1, 2, 0.5, 0.1, 0, 50, 0.5, 9, 2),
            new TrainingEvent.Checkpointed(1, 2),
            new TrainingEvent.Stepped(1, 3),
            new TrainingEvent.Evaluated(1, 3, false, 1.5, 15 / Math.log(2) / 20),
            new TrainingEvent.Checkpointed(1, 3),
            new TrainingEvent.Committed(1, 1, "end-to-end", 3),
            new TrainingEvent.Finished(3, "model"));
  }

  @Test
  void resumesFromTheLastCheckpointAfterAStepThrew() {
    var run = new FakeRun(10, 4).failAt(6);
    start(run);
    var all = toTheEnd();
    assertThat(only(all, TrainingEvent.Restarting.class))
        .containsExactly(
            new TrainingEvent.Restarting(
                1, "IllegalStateException: device lost", 1, 2, Duration.ofMillis(1)));
    assertThat(run.taken).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 4L, 5L, 6L, 7L, 8L, 9L);
    assertThat(run.resumed).containsExactly(false, true);
    assertThat(all).last().isEqualTo(new TrainingEvent.Finished(10, "model"));
  }

  @Test
  void whatAWorkerHeldIsFreedBeforeTheNextOneOpens() {
    var run =
        new FakeRun(10, 4) {
          @Override
          public TrainingSession open(Stage stage, boolean resume) throws IOException {
            assertThat(closed).isEqualTo(opened);
            return super.open(stage, resume);
          }
        };
    start(run.failAt(6));
    assertThat(toTheEnd()).last().isInstanceOf(TrainingEvent.Finished.class);
  }

  @Test
  void givesUpWhenItFailsAgainWithoutACheckpointInBetween() {
    var run = new FakeRun(10, 4).failAt(6).failAt(6).failAt(6);
    start(run);
    var all = toTheEnd();
    assertThat(only(all, TrainingEvent.Restarting.class))
        .extracting(TrainingEvent.Restarting::backoff)
        .containsExactly(Duration.ofMillis(1), Duration.ofMillis(2));
    assertThat(all)
        .last()
        .isEqualTo(new TrainingEvent.Failed("IllegalStateException: device lost", 4));
    assertThat(run.saved()).isEqualTo(4);
  }

  @Test
  void whatARestartWouldNotMendEndsTheRunAtOnceAndTellsTheLastCheckpoint() {
    for (var hopeless :
        List.of(
            new IOException("run/metrics.jsonl: cannot be written: No space left on device"),
            new TrainingHaltedException("no finite gradient"))) {
      var run = new FakeRun(10, 4).failAt(6, hopeless);
      start(run);
      var all = toTheEnd();
      assertThat(only(all, TrainingEvent.Restarting.class)).isEmpty();
      assertThat(all).last().isEqualTo(new TrainingEvent.Failed(hopeless.getMessage(), 4));
      assertThat(run.opened).isEqualTo(1);
    }
  }

  @Test
  void aRunThatFailsBeforeItsFirstCheckpointSaysSo() {
    start(new FakeRun(10, 4).failAt(2, new IOException("disk full")));
    assertThat(toTheEnd()).last().isEqualTo(new TrainingEvent.Failed("disk full", -1));
  }

  @Test
  void aFailureWithoutAMessageIsToldByWhatItIs() {
    start(new FakeRun(10, 4).failAt(2, new ClosedChannelException()));
    assertThat(toTheEnd())
        .last()
        .isEqualTo(new TrainingEvent.Failed("java.nio.channels.ClosedChannelException", -1));
    start(new FakeRun(10, 4).failAt(2, new NoSuchFileException("run/x")));
    assertThat(toTheEnd())
        .last()
        .isEqualTo(new TrainingEvent.Failed("java.nio.file.NoSuchFileException: run/x", -1));
  }

  @Test
  void aNewCheckpointForgivesTheFailuresBeforeIt() {
    var run = new FakeRun(12, 4).failAt(1).failAt(2).failAt(5).failAt(6).failAt(9).failAt(10);
    start(run);
    var all = toTheEnd();
    assertThat(only(all, TrainingEvent.Restarting.class)).hasSize(6);
    assertThat(all).last().isEqualTo(new TrainingEvent.Finished(12, "model"));
  }

  @Test
  void stopsAfterTheCurrentStepWithACheckpointAndAModel() {
    var gate = new CountDownLatch(1);
    var run = new FakeRun(ENDLESS, ENDLESS).waitFor(gate);
    var training = start(run);
    assertThat(events.receiveMessage().event()).isInstanceOf(TrainingEvent.Opened.class);
    var asker = kit.<TrainingEvent.Ended>createTestProbe();
    training.tell(new TrainingRun.Stop(asker.ref()));
    gate.countDown();
    var stopped = (TrainingEvent.Stopped) asker.receiveMessage();
    assertThat(stopped.step()).isEqualTo(run.saved()).isEqualTo(run.taken.size());
    assertThat(run.left).isTrue();
    assertThat(run.finished).isFalse();
    assertThat(toTheEnd()).last().isEqualTo(stopped);
  }

  @Test
  void aRunThatEndedSaysSoToWhoeverStopsIt() {
    var training = start(new FakeRun(1, 1));
    toTheEnd();
    var asker = kit.<TrainingEvent.Ended>createTestProbe();
    training.tell(new TrainingRun.Stop(asker.ref()));
    asker.expectMessage(new TrainingEvent.Finished(1, "model"));
  }

  @Test
  void timeThatIsOverStopsTheRunLikeAUser() {
    var gate = new CountDownLatch(1);
    var run = new FakeRun(Long.MAX_VALUE, Long.MAX_VALUE).waitFor(gate);
    start(run, settings(Optional.of(Duration.ofMillis(1))));
    gate.countDown();
    assertThat(toTheEnd())
        .last()
        .isInstanceOfSatisfying(
            TrainingEvent.Stopped.class, end -> assertThat(end.step()).isEqualTo(run.saved()));
  }

  @Test
  void aResumedRunMayTakeItsTimeAgainAndNoLonger() {
    var training =
        start(new FakeRun(ENDLESS, ENDLESS), settings(Optional.of(Duration.ofMillis(1))));
    assertThat(toTheEnd()).last().isInstanceOf(TrainingEvent.Stopped.class);
    TestProbe<RunAnswer> answer = kit.createTestProbe();
    training.tell(new TrainingRun.Resume(answer.ref()));
    answer.expectMessage(new RunAnswer.Accepted());
    assertThat(toTheEnd()).last().isInstanceOf(TrainingEvent.Stopped.class);
  }

  @Test
  void aFinishedRunThatIsResumedWithOtherStagesIsRefusedAndStaysFinished() {
    start(new FakeRun(3, 2));
    assertThat(toTheEnd()).last().isInstanceOf(TrainingEvent.Finished.class);
    var other =
        new FakeRun(3, 2) {
          @Override
          public List<Stage> stages() {
            var stage = super.stages().get(0);
            return List.of(
                new Stage(
                    1,
                    "another",
                    stage.kind(),
                    stage.executed(),
                    stage.trained(),
                    stage.embeddings(),
                    stage.head(),
                    stage.lowestRatio(),
                    stage.highestRatio(),
                    stage.steps(),
                    stage.mechanics()));
          }
        };
    var again =
        kit.spawn(
            TrainingRun.create(
                "run-" + runs, SETTINGS, other, RunJournal.DEFAULT, true, events.ref()));
    assertThat(toTheEnd())
        .last()
        .isInstanceOfSatisfying(
            TrainingEvent.Refused.class,
            refused -> assertThat(refused.message()).contains("another").contains("end-to-end"));
    TestProbe<RunState> state = kit.createTestProbe();
    again.tell(new TrainingRun.GetState(state.ref()));
    assertThat(state.receiveMessage().status()).isEqualTo(RunState.Status.FINISHED);
  }

  @Test
  void refusedInputEndsTheRunAtOnce() {
    start(
        new FakeRun(1, 1) {
          @Override
          public TrainingSession open(Stage stage, boolean resume) {
            throw InvalidInputException.of("data.files", "a.txt", "b.txt");
          }
        });
    assertThat(toTheEnd())
        .containsExactly(
            new TrainingEvent.Refused("data.files", "data.files is a.txt; allowed: b.txt"));
  }

  @Test
  void allNativeWorkIsDoneByTheDevicesOneThread() {
    var run = new FakeRun(10, 4).failAt(6);
    start(run);
    toTheEnd();
    assertThat(run.threads).hasSize(1).first().asString().contains("redraft.device-dispatcher");
  }
}
