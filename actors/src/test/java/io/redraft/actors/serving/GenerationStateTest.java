package io.redraft.actors.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.actors.serving.GenerationEvent.Committed;
import io.redraft.actors.serving.GenerationEvent.Drafted;
import io.redraft.actors.serving.GenerationEvent.Finished;
import io.redraft.actors.serving.GenerationEvent.Reopened;
import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.FakeDenoiser;
import io.redraft.model.decode.Sampling;
import io.redraft.model.decode.Segment;
import io.redraft.model.decode.VerifierSequence;
import io.redraft.model.nn.AttentionMode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class GenerationStateTest {
  private static final Duration STEP = Duration.ofMillis(10);

  private static GenerationState start(long seed, Optional<Duration> draftInterval) {
    var plan =
        DecodePlan.of(
            List.of(
                new Segment.Masked(6), new Segment.Fixed(new int[] {11}), new Segment.Masked(20)),
            FakeDenoiser.CONFIG,
            DecodeOptions.DEFAULTS.withSampling(new Sampling(1, 0, 1)),
            seed);
    return GenerationState.start(
        plan, AttentionMode.BIDIRECTIONAL, VerifierSequence.NONE, draftInterval);
  }

  /** Takes steps, one every {@link #STEP}, until {@code steps} are taken or the text is done. */
  private static GenerationState run(GenerationState from, int steps, List<GenerationEvent> told) {
    var state = from;
    try (var denoiser = new FakeDenoiser()) {
      for (int i = 0; i < steps && !state.done(); i++) {
        var work = (Work.Denoise) state.work(1, true);
        var outcome = new Outcome.Proposed(denoiser.denoise(List.of(work.task())).get(0));
        var now = Instant.EPOCH.plus(STEP.multipliedBy(state.progress().steps()));
        var change = state.advance(outcome, now);
        told.addAll(change.events());
        state = change.state();
      }
    }
    return state;
  }

  private static List<GenerationEvent> whole(long seed, Optional<Duration> draftInterval) {
    var begun = start(seed, draftInterval).begin();
    var told = new ArrayList<>(begun.events());
    run(begun.state(), Integer.MAX_VALUE, told);
    return told;
  }

  @Property(tries = 200)
  void foldingCommitsAndReopeningsGivesTheText(@ForAll long seed) {
    var canvas = new TreeMap<Integer, Integer>();
    var told = whole(seed, Optional.of(Duration.ZERO));
    for (int i = 0; i < told.size(); i++) {
      var event = told.get(i);
      assertThat(event.number()).isEqualTo(i + 1);
      if (event instanceof Committed committed) {
        committed.slots().forEach(s -> assertThat(canvas.put(s.position(), s.token())).isNull());
      } else if (event instanceof Reopened reopened) {
        reopened.positions().forEach(p -> assertThat(canvas.remove(p)).isNotNull());
      } else if (event instanceof Drafted drafted) {
        drafted.slots().forEach(s -> assertThat(canvas).doesNotContainKey(s.position()));
      }
    }
    var end = (Finished) told.get(told.size() - 1);
    if (end.reason() == GenerationEvent.Reason.END_OF_TEXT) {
      assertThat(canvas.pollLastEntry().getValue()).isEqualTo(FakeDenoiser.CONFIG.endToken());
    }
    assertThat(new ArrayList<>(canvas.values())).isEqualTo(end.tokens());
    assertThat(end.tokens()).hasSize(end.promptTokens() + end.generatedTokens());
  }

  @Property(tries = 100)
  void goesOnFromAnyStepAsIfNothingHadHappened(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 20) int steps) {
    var begun = start(seed, Optional.of(Duration.ZERO)).begin();
    var told = new ArrayList<>(begun.events());
    var there = run(begun.state(), steps, told);
    // Nothing but the record itself goes to another place.
    var here =
        new GenerationState(
            there.progress(),
            there.events(),
            there.draftInterval(),
            there.nextDraft(),
            there.editing());
    run(here, Integer.MAX_VALUE, told);
    assertThat(told).isEqualTo(whole(seed, Optional.of(Duration.ZERO)));
  }

  @Test
  void draftsKeepTheirDistance() {
    long every = drafts(whole(3, Optional.of(Duration.ZERO)));
    long thinned = drafts(whole(3, Optional.of(STEP.multipliedBy(3))));
    assertThat(every).isGreaterThan(6);
    assertThat(thinned).isEqualTo((every + 2) / 3);
  }

  @Test
  void whoWantsNoDraftsGetsNoneAndTheSameText() {
    var silent = whole(3, Optional.empty());
    assertThat(drafts(silent)).isZero();
    assertThat(((Finished) silent.get(silent.size() - 1)).tokens())
        .isEqualTo(
            whole(3, Optional.of(Duration.ZERO)).stream()
                .filter(event -> event instanceof Finished)
                .map(event -> ((Finished) event).tokens())
                .findFirst()
                .orElseThrow());
  }

  @Test
  void anAnswerOfTheOtherKindOfNetworkIsABug() {
    var outcome = new Outcome.Extended(Candidates.none());
    assertThatThrownBy(() -> start(1, Optional.empty()).advance(outcome, Instant.EPOCH))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aTextIsNotPartOfWhatMayBeLogged() {
    assertThat(start(1, Optional.empty()).toString()).doesNotContain("11");
    assertThat(Harness.request(3, 1).toString()).doesNotContain("12");
  }

  private static long drafts(List<GenerationEvent> events) {
    return events.stream().filter(event -> event instanceof Drafted).count();
  }
}
