package io.redraft.actors.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.decode.CacheUse;
import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.CausalModel.ExtendTask;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Sampling;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
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
  private TestProbe<Serving.Command> accounts;
  private final Queue<Instant> times = new ConcurrentLinkedQueue<>();

  /** The scheduler looks at the clock once for every session that is ready. */
  private Instant now() {
    var next = times.poll();
    return next == null ? Instant.EPOCH : next;
  }

  @BeforeEach
  void start() {
    accounts = kit.createTestProbe();
    scheduler = kit.spawn(BatchScheduler.create(Harness.SETTINGS, this::now, accounts.ref()));
    deviceUp();
  }

  private void deviceUp() {
    shard = kit.createTestProbe();
    scheduler.tell(new BatchScheduler.DeviceUp(shard.ref()));
  }

  private final class Session {
    private final long id;
    private final int priority;
    private final TestProbe<GenerationSession.Command> probe = kit.createTestProbe();

    private Session(long id) {
      this(id, 0);
    }

    private Session(long id, int priority) {
      this.id = id;
      this.priority = priority;
    }

    private void wants(Work work) {
      scheduler.tell(new BatchScheduler.Ready(id, probe.ref(), work, priority));
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
      int kept = whole ? 0 : 5;
      wants(new Work.Extend(new ExtendTask(id, kept, new int[tokens], Sampling.GREEDY, id)));
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
            ? new Outcome.Extended(Candidates.none())
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
    assertThat(((Work.Extend) forward().work().get(0)).needsCache()).isFalse();
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
  void aLevelOfPriorityIsWorthOneAgeingOfWaiting() {
    var later = Instant.EPOCH.plus(Harness.SETTINGS.ageing().multipliedBy(2));
    times.addAll(List.of(Instant.EPOCH, Instant.EPOCH, later, later));
    var opening = new Session(9);
    opening.wantsCanvas(4);
    var first = forward();
    new Session(1).wantsCanvas(8);
    new Session(2, 1).wantsCanvas(16);
    new Session(3, 3).wantsCanvas(32);
    opening.probe.stop();
    done(first);
    var shapes = new ArrayList<Integer>();
    for (int i = 0; i < 3; i++) {
      var next = forward();
      shapes.add(next.work().get(0).shape().tokens());
      scheduler.tell(new BatchScheduler.BatchFailed(next.batch(), Failure.lost()));
      deviceUp();
    }
    assertThat(shapes).containsExactly(32, 8, 16);
  }

  @Test
  void itIsToldWhatWasComputedForWhom() {
    var a = new Session(1);
    a.wantsCanvas(8);
    done(forward());
    var computed = accounts.expectMessageClass(Serving.Computed.class);
    assertThat(computed).isEqualTo(new Serving.Computed(Map.of(1L, 8)));
  }

  @Test
  void aGuidedSessionIsChargedForBothOfItsCanvases() {
    var other = Optional.of(new DenoiseTask.Unconditional(new int[8], 2));
    var guided =
        new DenoiseTask(
            new int[8], new int[0], Sampling.GREEDY, 1, 0, -1, 0, new CacheUse.None(), other);
    new Session(1).wants(new Work.Denoise(guided));
    done(forward());
    var computed = accounts.expectMessageClass(Serving.Computed.class);
    assertThat(computed).isEqualTo(new Serving.Computed(Map.of(1L, 16)));
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
