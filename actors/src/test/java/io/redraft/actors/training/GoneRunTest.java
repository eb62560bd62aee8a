package io.redraft.actors.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.actor.testkit.typed.annotations.JUnit5TestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestKitJUnit5Extension;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.persistence.testkit.JournalOperation;
import org.apache.pekko.persistence.testkit.ProcessingPolicy;
import org.apache.pekko.persistence.testkit.ProcessingResult;
import org.apache.pekko.persistence.testkit.ProcessingSuccess;
import org.apache.pekko.persistence.testkit.StorageFailure;
import org.apache.pekko.persistence.testkit.WriteEvents;
import org.apache.pekko.persistence.testkit.javadsl.PersistenceTestKit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TestKitJUnit5Extension.class)
class GoneRunTest {
  private static final TrainingRunSettings SETTINGS =
      new TrainingRunSettings(
          2,
          Duration.ofMillis(1),
          Duration.ofMillis(8),
          Duration.ofSeconds(5),
          Optional.empty(),
          TrainingRunSettings.TRAINING_THREAD);

  @JUnit5TestKit public ActorTestKit kit = ActorTestKit.create(JournalInMemory.config());

  private static final class Claim implements RunClaim {
    final AtomicBoolean closed = new AtomicBoolean();

    @Override
    public String id() {
      return "0123abcd";
    }

    @Override
    public RunJournal journal() {
      return RunJournal.DEFAULT;
    }

    @Override
    public void close() {
      closed.set(true);
    }
  }

  private TrainingRuns.Entry start(
      ActorRef<TrainingRuns.Command> runs, FakeRun run, Claim claim, ActorRef<RunEvent> events) {
    TestProbe<TrainingRuns.Started> started = kit.createTestProbe();
    runs.tell(new TrainingRuns.Start(run, claim, SETTINGS, false, events, started.ref()));
    return (TrainingRuns.Entry) started.receiveMessage();
  }

  @Test
  void whoAwaitsTheEndOfARunThatItsJournalFailedIsToldWhy() {
    var journal = PersistenceTestKit.create(kit.system());
    var runs = kit.spawn(TrainingRuns.create());
    TestProbe<RunEvent> events = kit.createTestProbe();
    TestProbe<TrainingRuns.Gone> gone = kit.createTestProbe();
    var gate = new CountDownLatch(1);
    var claim = new Claim();
    var entry = start(runs, new FakeRun(10, 4).waitFor(gate), claim, events.ref());
    runs.tell(new TrainingRuns.AwaitGone(entry.run(), gone.ref()));
    journal.withPolicy(
        new ProcessingPolicy<JournalOperation>() {
          @Override
          public ProcessingResult tryProcess(String id, JournalOperation operation) {
            return operation instanceof WriteEvents
                ? new StorageFailure(new IllegalStateException("the disk is full"))
                : ProcessingSuccess.getInstance();
          }
        });
    gate.countDown();

    var why = gone.receiveMessage(Duration.ofSeconds(30)).why();
    assertThat(why).isPresent();
    assertThat(why.get().reason()).startsWith("the journal cannot be used: ");
    assertThat(claim.closed).isTrue();
    // Of a run that is not here any more nothing is known, and nobody waits.
    runs.tell(new TrainingRuns.AwaitGone(entry.run(), gone.ref()));
    assertThat(gone.receiveMessage().why()).isEmpty();
  }

  @Test
  void aRunThatIsForgottenIsGoneForNoReason() {
    var runs = kit.spawn(TrainingRuns.create());
    TestProbe<RunEvent> events = kit.createTestProbe();
    TestProbe<TrainingRuns.Gone> gone = kit.createTestProbe();
    var entry = start(runs, new FakeRun(1, 1), new Claim(), events.ref());
    runs.tell(new TrainingRuns.AwaitGone(entry.run(), gone.ref()));
    events.fishForMessage(
        Duration.ofSeconds(30),
        told ->
            told.event() instanceof TrainingEvent.Ended
                ? FishingOutcomes.complete()
                : FishingOutcomes.continueAndIgnore());
    gone.expectNoMessage(Duration.ZERO); // one that has ended stays
    TestProbe<TrainingRuns.Released> released = kit.createTestProbe();
    runs.tell(new TrainingRuns.Release(entry.id(), released.ref()));
    assertThat(released.receiveMessage().free()).isTrue();
    assertThat(gone.receiveMessage().why()).isEmpty();
  }
}
