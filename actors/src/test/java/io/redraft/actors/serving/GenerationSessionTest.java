package io.redraft.actors.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.actors.serving.GenerationEvent.Edited;
import io.redraft.actors.serving.GenerationEvent.Settled;
import io.redraft.model.decode.CacheMode;
import io.redraft.model.decode.CanvasEdit;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.EditLimits;
import io.redraft.model.decode.FakeDenoiser;
import io.redraft.model.decode.VerifierSequence;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.pekko.actor.testkit.typed.annotations.JUnit5TestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestKitJUnit5Extension;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A session between probes: the test is the scheduler and the client. */
@ExtendWith(TestKitJUnit5Extension.class)
class GenerationSessionTest {
  @JUnit5TestKit public ActorTestKit kit = ActorTestKit.create();

  private final FakeDenoiser denoiser = new FakeDenoiser();
  private TestProbe<BatchScheduler.Command> scheduler;
  private TestProbe<GenerationEvent> client;
  private ActorRef<GenerationSession.Command> session;

  /** A text of 3 tokens and 8 masks in blocks of 4, kept open for edits, that has begun. */
  @BeforeEach
  void begin() {
    scheduler = kit.createTestProbe();
    client = kit.createTestProbe();
    var options = DecodeOptions.DEFAULTS.withBlock(4).withCache(CacheMode.DUAL);
    var request = Harness.request(8, 1, options);
    var plan = DecodePlan.of(request.segments(), FakeDenoiser.CONFIG, options, request.seed());
    var limits = EditLimits.of(FakeDenoiser.CONFIG);
    var state =
        GenerationState.start(
                plan,
                FakeDenoiser.CONFIG.attention(),
                VerifierSequence.NONE,
                request.draftInterval())
            .editable(limits, true);
    var hour = Duration.ofHours(1);
    session =
        kit.spawn(
            GenerationSession.create(
                1,
                state,
                new SessionTerms(0, Optional.empty(), RequestLimits.NONE, hour, hour),
                new Schedulers(scheduler.ref(), Optional.empty()),
                client.ref(),
                InstantSource.system(),
                Long.MAX_VALUE));
    session.tell(new GenerationSession.Admitted());
    session.tell(new GenerationSession.Begin());
  }

  @AfterEach
  void close() {
    denoiser.close();
  }

  private Work.Denoise asked() {
    var ready = scheduler.expectMessageClass(BatchScheduler.Ready.class);
    return (Work.Denoise) ready.work();
  }

  private void edit(long id, CanvasEdit edit) {
    session.tell(new GenerationSession.Edit(id, OptionalLong.empty(), edit));
  }

  private <E extends GenerationEvent> E told(Class<E> kind) {
    var event = client.receiveMessage();
    while (!kind.isInstance(event)) {
      event = client.receiveMessage();
    }
    return kind.cast(event);
  }

  @Test
  void aTextThatSettledBeforeItsCacheWasLostGoesOnWhenAnEditReopensIt() {
    var work = asked();
    while (!work.needsCache()) {
      var candidates = denoiser.denoise(List.of(work.task())).get(0);
      session.tell(new GenerationSession.Stepped(new Outcome.Proposed(candidates)));
      work = asked();
    }
    // While it waits for a pass over the cache, its client writes all that was to be written.
    edit(1, new CanvasEdit.Replace(3, 8, new int[] {21, 22, 23, 24, 25, 26, 27, 28}));
    told(Settled.class);
    session.tell(new GenerationSession.CacheLost());
    scheduler.expectMessageClass(BatchScheduler.Resting.class);

    edit(2, new CanvasEdit.Reopen(3, 2));
    assertThat(told(Edited.class).reopened()).containsExactly(3, 4);
    assertThat(asked().task().canvas()).contains(FakeDenoiser.CONFIG.maskToken());
  }
}
