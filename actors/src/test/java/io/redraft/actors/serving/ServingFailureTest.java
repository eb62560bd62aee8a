package io.redraft.actors.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.actors.Redraft;
import io.redraft.actors.serving.GenerationEvent.Refusal;
import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.CacheMode;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Sampling;
import io.redraft.model.decode.Segment;
import io.redraft.model.nn.AttentionMode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.testkit.typed.annotations.JUnit5TestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestKitJUnit5Extension;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(TestKitJUnit5Extension.class)
class ServingFailureTest {
  @JUnit5TestKit public ActorTestKit kit = ActorTestKit.create();

  private Harness harness(FakeModels models) {
    return new Harness(kit, models, Harness.SETTINGS);
  }

  private Harness ready(AttentionMode attention) {
    var harness = harness(new FakeModels(attention));
    harness.await(ServingPhase.Ready.class);
    return harness;
  }

  @ParameterizedTest
  @EnumSource
  void aForwardThatThrowsFailsItsRequestAndTheNextIsServedByAFreshModel(AttentionMode attention) {
    var harness = ready(attention);
    var before = harness.ask(Harness.request(8, 7)).finished();
    harness.models.failNextForward(new IllegalStateException("a secret of the library"));
    var failed = harness.ask(Harness.request(8, 7)).failed();
    assertThat(failed.refusal()).isEqualTo(Refusal.INTERNAL);
    assertThat(failed.message()).doesNotContain("secret");
    var after = harness.ask(Harness.request(8, 7)).finished();
    assertThat(after.tokens()).isEqualTo(before.tokens());
    assertThat(harness.models.loads).hasValue(2);
  }

  @Test
  void runningOutOfMemoryIsToldAsSomethingThatMayPass() {
    var harness = ready(AttentionMode.BIDIRECTIONAL);
    harness.models.failNextForward(new IllegalStateException("CUDA out of memory. Tried to"));
    assertThat(harness.ask(Harness.request(8, 7)).failed().refusal())
        .isEqualTo(Refusal.UNAVAILABLE);
  }

  @ParameterizedTest
  @MethodSource
  void runningOutOfMemoryFailsThatBatchOnlyAndOthersGoOnWithAFreshModel(Throwable outOfMemory) {
    var harness = ready(AttentionMode.BIDIRECTIONAL);
    harness.models.pause();
    var alone = harness.ask(Harness.request(8, 1));
    harness.models.awaitPaused();
    harness.models.failNextForward(outOfMemory);
    var others = List.of(harness.ask(Harness.request(8, 2)), harness.ask(Harness.request(8, 3)));
    harness.models.goOn();
    assertThat(alone.failed().message()).isEqualTo("the device ran out of memory; try again");
    others.forEach(Harness.Client::finished);
    assertThat(harness.models.loads).as("loaded anew").hasValue(2);
    assertThat(harness.models.open).hasValue(1);
    assertThat(harness.ask(Harness.request(8, 1)).finished().tokens()).isNotEmpty();
  }

  static List<Throwable> runningOutOfMemoryFailsThatBatchOnlyAndOthersGoOnWithAFreshModel() {
    return List.of(
        new IllegalStateException("CUDA out of memory. Tried to allocate 2 GiB"),
        new OutOfMemoryError("Cannot reserve 4096 bytes of direct buffer memory"));
  }

  @ParameterizedTest
  @EnumSource
  void onlyTheSessionsOfTheFailedBatchFail(AttentionMode attention) {
    var harness = ready(attention);
    harness.models.pause();
    var alone = harness.ask(Harness.request(8, 1)); // its pass is the one that waits
    harness.models.awaitPaused();
    harness.models.failNextForward(new IllegalStateException("bad batch"));
    var others = List.of(harness.ask(Harness.request(8, 2)), harness.ask(Harness.request(8, 3)));
    harness.models.goOn();
    assertThat(alone.failed().refusal()).isEqualTo(Refusal.INTERNAL);
    others.forEach(Harness.Client::finished);
  }

  @ParameterizedTest
  @EnumSource(
      value = CacheMode.class,
      names = {"PREFIX", "DUAL"})
  void aTextWhoseCacheWasLostWithTheDeviceIsTheOneThatItIsAlone(CacheMode mode) {
    var harness = ready(AttentionMode.BIDIRECTIONAL);
    var options = DecodeOptions.DEFAULTS.withBlock(8).withCache(mode);
    var cached = Harness.request(16, 1, options);
    var alone = harness.ask(cached).finished();

    assertThat(passesWhenLost(harness, cached, alone, 2))
        .as("its steps, and the pass that filled its cache")
        .isEqualTo(alone.steps() + 1);
  }

  /**
   * Writes a text again, whose device fails with its cache behind so many of its passes.
   *
   * @return the passes that it took
   */
  private static int passesWhenLost(
      Harness harness, GenerationRequest cached, GenerationEvent.Finished alone, int before) {
    var passes = new AtomicInteger();
    var failed = new AtomicBoolean();
    harness.models.observer =
        seeds -> {
          if (seeds.equals(List.of(1L))) {
            passes.incrementAndGet();
          } else if (seeds.equals(List.of(2L))
              && passes.get() > before
              && passes.get() % 8 != 0 // the last pass of a block of 8 leaves no cache behind
              && !failed.getAndSet(true)) {
            harness.models.failNextForward(new IllegalStateException("lost"));
          }
        };
    harness.models.pause();
    var client = harness.ask(cached);
    harness.models.awaitPaused();
    // The other's whole canvas is never in a batch with a block or a run.
    var other = harness.ask(Harness.request(30, 2));
    other.await(GenerationEvent.Committed.class); // has a place, and its passes take turns
    harness.models.goOn();
    assertThat(client.finished()).isEqualTo(alone);
    other.failed();
    assertThat(harness.models.loads).hasValue(2);
    return passes.get();
  }

  @Test
  void aBlockCausalTextWhoseCacheWasLostWithTheDeviceIsTheOneThatItIsAlone() {
    var harness = ready(AttentionMode.BLOCK_CAUSAL);
    var options =
        DecodeOptions.DEFAULTS
            .withAttention(AttentionMode.BLOCK_CAUSAL)
            .withBlock(8)
            .withCache(CacheMode.PREFIX);
    var cached = Harness.request(16, 1, options);
    var alone = harness.ask(cached).finished();
    assertThat(harness.ask(Harness.request(16, 1, options.withCache(CacheMode.NONE))).finished())
        .as("the text without a cache")
        .isEqualTo(alone);

    // Three fixed tokens and five masks are the first block: the seventh pass is the second's.
    assertThat(passesWhenLost(harness, cached, alone, 6))
        .as("its steps, and the pass that filled its cache")
        .isEqualTo(alone.steps() + 1);
    assertThat(harness.models.refilled).hasValue(1);
  }

  @Test
  void nativeObjectsAreTouchedByOneThreadOnlyAlsoWhenTheModelIsLoadedAgain() {
    var harness = ready(AttentionMode.CAUSAL);
    for (int i = 0; i < 5; i++) {
      harness.models.failNextForward(new IllegalStateException("again"));
      harness.ask(Harness.request(8, i)).failed();
      harness.ask(Harness.request(8, i)).finished();
    }
    kit.stop(harness.serving);
    assertThat(harness.models.open).hasValue(0);
    assertThat(harness.models.loads).hasValue(6);
    assertThat(harness.models.threads).hasSize(1);
  }

  @Test
  void aModelThatIsNoModelIsToldToWhoeverStartsTheNode() {
    var models = new FakeModels(AttentionMode.BIDIRECTIONAL);
    models.failNextLoad(InvalidInputException.of("--model", "x.txt", "a folder"));
    var harness = new Harness(kit, models, Harness.neverLoadingAgain());
    var unavailable = harness.await(ServingPhase.Unavailable.class);
    assertThat(harness.ask(Harness.request(8, 1)).refused().message())
        .as("a client learns nothing about files")
        .isEqualTo("the model is not available");
    assertThat(unavailable.field()).isEqualTo("--model");
    assertThat(unavailable.message()).isEqualTo("--model is x.txt; allowed: a folder");
  }

  @Test
  void aModelThatCannotBeLoadedIsTriedAgainUntilItCan() {
    var models = new FakeModels(AttentionMode.BIDIRECTIONAL);
    models.failNextLoad(new UnsatisfiedLinkError("no such library"));
    models.failNextLoad(new IllegalStateException("out of memory"));
    models.failNextLoad(new IllegalStateException("still no luck"));
    var harness = harness(models);
    harness.await(ServingPhase.Ready.class);
    harness.ask(Harness.request(8, 1)).finished();
  }

  @Test
  void nobodyIsLeftWaitingForADeviceThatIsLost() {
    var harness = ready(AttentionMode.BIDIRECTIONAL);
    harness.models.pause();
    var first = harness.ask(Harness.request(8, 1));
    harness.models.awaitPaused();
    harness.models.failNextForward(new IllegalStateException("gone"));
    // Lost until the second request was told so, however late it comes to the scheduler.
    harness.models.failLoads(new IllegalStateException("not even loaded"));
    var second = harness.ask(Harness.request(8, 2));
    harness.models.goOn();
    assertThat(first.failed().refusal()).isEqualTo(Refusal.INTERNAL);
    assertThat(second.failed().refusal()).isEqualTo(Refusal.UNAVAILABLE);
    harness.await(ServingPhase.Unavailable.class);
    harness.models.failLoads(null);
    harness.await(ServingPhase.Ready.class);
    harness.ask(Harness.request(8, 3)).finished();
  }

  @Test
  void everySessionTellsItsClientWhenServingEnds() {
    var harness = ready(AttentionMode.BIDIRECTIONAL);
    harness.models.pause();
    var client = harness.ask(Harness.request(8, 1));
    harness.models.awaitPaused();
    var stopping = CompletableFuture.runAsync(() -> kit.stop(harness.serving));
    assertThat(client.failed().refusal()).isEqualTo(Refusal.UNAVAILABLE);
    harness.models.goOn();
    stopping.join();
    assertThat(harness.models.open).hasValue(0);
  }

  @Test
  void theGuardianStartsServingAgainWhenItsSchedulerFails() {
    var models = new FakeModels(AttentionMode.BIDIRECTIONAL);
    var harness = new Harness(kit, models, started(models));
    var health = kit.<ServingPhase>createTestProbe();
    harness.serving.tell(new Serving.WatchPhase(health.ref()));
    harness.await(ServingPhase.Ready.class);
    models.pause();
    var running = harness.ask(Harness.request(8, 1));
    models.awaitPaused();
    health.receiveSeveralMessages(1);
    failScheduler(harness);
    assertThat(running.failed().refusal()).isEqualTo(Refusal.UNAVAILABLE);
    models.goOn();
    // Told without asking again: whoever reports health must not be left with an old answer.
    health.fishForMessage(
        Duration.ofSeconds(20),
        phase ->
            phase instanceof ServingPhase.Loading
                ? FishingOutcomes.complete()
                : FishingOutcomes.continueAndIgnore());
    harness.await(ServingPhase.Ready.class);
    harness.ask(Harness.request(8, 2)).finished();
    assertThat(models.open).hasValue(1);
  }

  @Test
  void aRequestOnWhichServingFailsIsAnsweredAndTheNextIsServed() {
    var models = new FakeModels(AttentionMode.BIDIRECTIONAL);
    var harness = new Harness(kit, models, started(models));
    harness.await(ServingPhase.Ready.class);
    // Without options, which no reader of requests lets happen.
    var impossible =
        new GenerationRequest(
            "", List.of(new Segment.Masked(4)), null, 1, Optional.empty(), Optional.empty());
    assertThat(harness.ask(impossible).refused().refusal()).isEqualTo(Refusal.INTERNAL);
    harness.await(ServingPhase.Ready.class);
    harness.ask(Harness.request(8, 2)).finished();
  }

  private ActorRef<Serving.Command> started(FakeModels models) {
    var guardian = kit.spawn(Redraft.create());
    var started = kit.<ActorRef<Serving.Command>>createTestProbe();
    guardian.tell(
        new Redraft.StartServing(Harness.SETTINGS, ServedModels.alone(models), started.ref()));
    return started.receiveMessage();
  }

  /** Lets one session ask twice, which only a bug could do. */
  private void failScheduler(Harness harness) {
    var session = kit.<GenerationSession.Command>createTestProbe();
    var task = new DenoiseTask(new int[4], new int[0], Sampling.GREEDY, 1, 0);
    var ready = new BatchScheduler.Ready(99, session.ref(), new Work.Denoise(task), 0);
    var scheduler =
        Adapter.toClassic(kit.system())
            .actorSelection(harness.serving.path().child("scheduler").toStringWithoutAddress());
    scheduler.tell(ready, null);
    scheduler.tell(ready, null);
  }
}
