package io.redraft.actors.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.decode.CacheUse;
import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.CausalModel.ExtendTask;
import io.redraft.model.decode.CausalModel.NextToken;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Sampling;
import java.util.Collections;
import org.apache.pekko.actor.testkit.typed.annotations.JUnit5TestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestKitJUnit5Extension;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The scheduler between probes: the test is the device and the sessions. */
@ExtendWith(TestKitJUnit5Extension.class)
class BatchSchedulerTest {
  @JUnit5TestKit public ActorTestKit kit = ActorTestKit.create();

  private ActorRef<BatchScheduler.Command> scheduler;
  private TestProbe<ModelShard.Command> shard;

  @BeforeEach
  void start() {
    scheduler = kit.spawn(BatchScheduler.create(Harness.SETTINGS));
    deviceUp();
  }

  private void deviceUp() {
    shard = kit.createTestProbe();
    scheduler.tell(new BatchScheduler.DeviceUp(shard.ref()));
  }

  private final class Session {
    private final long id;
    private final TestProbe<GenerationSession.Command> probe = kit.createTestProbe();

    private Session(long id) {
      this.id = id;
    }

    private void wants(Work work) {
      scheduler.tell(new BatchScheduler.Ready(id, probe.ref(), work));
    }

    private void wantsCanvas(int length) {
      var task = new DenoiseTask(new int[length], new int[0], Sampling.GREEDY, id, 0);
      wants(new Work.Denoise(task));
    }

    private void wantsBlock(CacheUse use) {
      var task = new DenoiseTask(new int[8], new int[] {2}, Sampling.GREEDY, id, 0, -1, 0, use);
      wants(new Work.Denoise(task));
    }

    private void wantsTokens(int tokens, boolean whole) {
      wants(new Work.Extend(new ExtendTask(id, new int[tokens], Sampling.GREEDY, id), whole));
    }

    private <T extends GenerationSession.Command> T told(Class<T> type) {
      return probe.expectMessageClass(type);
    }
  }

  private ModelShard.Forward forward() {
    return shard.expectMessageClass(ModelShard.Forward.class);
  }

  private void done(ModelShard.Forward forward) {
    Outcome outcome =
        forward.work().get(0) instanceof Work.Extend
            ? new Outcome.Extended(new NextToken(1, 1, 0))
            : new Outcome.Proposed(
                new Candidates(new int[0], new int[0], new float[0], new float[0]));
    scheduler.tell(
        new BatchScheduler.BatchDone(
            forward.batch(), Collections.nCopies(forward.work().size(), outcome)));
  }

  @Test
  void theNextPassWaitsUntilEverySessionOfTheLastHasComeBack() {
    var a = new Session(1);
    var b = new Session(2);
    a.wantsCanvas(8);
    var first = forward();
    b.wantsCanvas(8);
    done(first);
    a.told(GenerationSession.Stepped.class);
    shard.expectNoMessage();
    a.wantsCanvas(8);
    assertThat(forward().work()).hasSize(2);
  }

  @Test
  void aSessionThatEndsInsteadOfComingBackIsNotWaitedFor() {
    var a = new Session(1);
    var b = new Session(2);
    a.wantsCanvas(8);
    var first = forward();
    b.wantsCanvas(8);
    done(first);
    a.told(GenerationSession.Stepped.class);
    a.probe.stop();
    assertThat(forward().work()).hasSize(1);
  }

  @Test
  void aSessionThatEndsDuringItsPassIsInNoOther() {
    var a = new Session(1);
    var b = new Session(2);
    a.wantsCanvas(8);
    b.wantsCanvas(8);
    var first = forward();
    assertThat(first.work()).hasSize(1);
    a.probe.stop();
    done(first);
    assertThat(forward().work()).hasSize(1);
  }

  @Test
  void theCacheOfASessionThatEndsIsReleased() {
    var a = new Session(1);
    a.wantsTokens(3, true);
    done(forward());
    a.told(GenerationSession.Stepped.class);
    a.probe.stop();
    assertThat(shard.expectMessageClass(ModelShard.Release.class).sequence()).isEqualTo(1);
  }

  @Test
  void aSessionWhoseCacheWasLostWithTheDeviceBeginsItsSequenceAgain() {
    var a = new Session(1);
    var b = new Session(2);
    a.wantsTokens(3, true);
    var first = forward();
    b.wantsTokens(4, true);
    done(first);
    a.told(GenerationSession.Stepped.class);
    a.wantsTokens(1, false);
    var failing = forward(); // of b, which is older
    scheduler.tell(new BatchScheduler.BatchFailed(failing.batch(), Failure.lost()));
    b.told(GenerationSession.StepFailed.class);
    deviceUp();
    a.told(GenerationSession.CacheLost.class);
    a.wantsTokens(4, true);
    assertThat(((Work.Extend) forward().work().get(0)).whole()).isTrue();
  }

  @Test
  void theCacheOfADenoisedBlockIsMissedAfterTheDeviceAndReleasedAfterTheSession() {
    var a = new Session(1);
    var b = new Session(2);
    var reuse = new CacheUse.Reuse(1, new int[] {2, 3});
    a.wantsBlock(new CacheUse.Refresh(1));
    var first = forward();
    b.wantsCanvas(9);
    done(first);
    a.told(GenerationSession.Stepped.class);
    a.wantsBlock(reuse);
    var failing = forward(); // of b, which is older
    scheduler.tell(new BatchScheduler.BatchFailed(failing.batch(), Failure.lost()));
    b.told(GenerationSession.StepFailed.class);
    deviceUp();
    a.told(GenerationSession.CacheLost.class);
    a.wantsBlock(new CacheUse.Refresh(1));
    done(forward());
    a.told(GenerationSession.Stepped.class);
    a.wantsBlock(reuse);
    done(forward());
    a.told(GenerationSession.Stepped.class);
    a.probe.stop();
    assertThat(shard.expectMessageClass(ModelShard.Release.class).sequence()).isEqualTo(1);
  }

  @Test
  void aSessionWithoutACacheLeavesNothingToRelease() {
    var a = new Session(1);
    a.wantsBlock(new CacheUse.None());
    done(forward());
    a.told(GenerationSession.Stepped.class);
    a.probe.stop();
    shard.expectNoMessage();
  }

  @Test
  void nothingIsSentToADeviceWhosePassFailed() {
    var a = new Session(1);
    var b = new Session(2);
    a.wantsCanvas(8);
    var failing = forward();
    b.wantsCanvas(8);
    scheduler.tell(new BatchScheduler.BatchFailed(failing.batch(), Failure.lost()));
    a.told(GenerationSession.StepFailed.class);
    shard.expectNoMessage();
    deviceUp();
    assertThat(forward().work()).hasSize(1);
  }

  @Test
  void aLateAnswerOfADeviceThatWasGivenUpChangesNothing() {
    var a = new Session(1);
    a.wantsCanvas(8);
    var first = forward();
    scheduler.tell(new BatchScheduler.DeviceDown());
    a.told(GenerationSession.StepFailed.class);
    done(first);
    a.probe.expectNoMessage();
  }
}
