package io.redraft.model.decode;

import static io.redraft.model.decode.DecodeScenarios.candidates;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/** What patience adds to any policy: positions whose proposal has settled do not wait. */
@Domain(DecodeScenarios.class)
@Domain(DomainContext.Global.class)
class PatienceProperties {
  @Example
  void aPositionIsCommittedWhenItsProposalHasStoodForThatManySteps() {
    var state = DecodeState.start(plan(5, DecodeOptions.DEFAULTS.withPatience(3)));
    // The most confident is the last position each time; the token at 1 changes once.
    state = state.advance(candidates(new int[] {0, 1, 2, 3, 4}, 5, 6, 7, 8, 9)).state();
    var second = state.advance(candidates(new int[] {0, 1, 2, 3}, 5, 9, 7, 8));
    assertThat(second.committed().positions()).containsExactly(3);
    assertThat(second.state().standing().steps()).containsExactly(2, 1, 2, 0, 0);
    var third = second.state().advance(candidates(new int[] {0, 1, 2}, 5, 9, 7));
    assertThat(third.committed().positions()).containsExactly(0, 2);
    assertThat(third.state().standing().steps()).containsExactly(0, 2, 0, 0, 0);
  }

  @Example
  void aPositionThatIsReopenedHasToStandAnew() {
    var options = DecodeOptions.DEFAULTS.withPatience(2).withRemask(0.4).withSteps(6);
    var state = DecodeState.start(plan(6, options));
    int[] all = {0, 1, 2, 3, 4, 5};
    state = state.advance(candidates(all, 5, 6, 7, 8, 9, 10)).state();
    // Other tokens everywhere but at 0, which is committed with the most confident; 5 is doubted.
    var step =
        state.advance(
            new Candidates(
                all,
                new int[] {5, 16, 17, 18, 19, 10},
                new float[] {.5f, .5f, .5f, .5f, .9f, .1f},
                new float[6]));
    assertThat(step.committed().positions()).containsExactly(0, 4);
    assertThat(step.reopened()).containsExactly(5);
    assertThat(step.state().standing().steps()).containsExactly(0, 1, 1, 1, 0, 0);
  }

  @Example
  void aPositionWithoutAProposalBeginsAnew() {
    var state = DecodeState.start(plan(4, DecodeOptions.DEFAULTS.withPatience(3)));
    state = state.advance(candidates(new int[] {0, 1, 2, 3}, 5, 6, 7, 8)).state();
    state = state.advance(candidates(new int[] {1, 2}, 6, 7)).state();
    assertThat(state.standing().steps()).containsExactly(0, 2, 0, 0);
  }

  @Property(tries = 300)
  void patienceOfOneStepCommitsEverythingProposedUpToAnEnd(
      @ForAll DecodePlan any, @ForAll Random random) {
    var plan = with(any, 1);
    for (var state = DecodeState.start(plan); !state.done(); ) {
      var step = state.advance(DecodeScenarios.anything(state, random));
      int end = plan.endOf(step.state().canvas());
      assertThat(step.draft().size()).as("nothing proposed is left").isZero();
      assertThat(Arrays.stream(step.committed().positions()).allMatch(p -> p <= end)).isTrue();
      state = step.state();
    }
  }

  @Property(tries = 300)
  void fromTheSameStateMorePatienceNeverCommitsMore(
      @ForAll DecodePlan any,
      @ForAll @IntRange(min = 1, max = 4) int patience,
      @ForAll @IntRange(min = 1, max = 3) int more,
      @ForAll Random random) {
    var plan = with(any, patience);
    var patient = with(any, patience + more);
    for (var state = DecodeState.start(plan); !state.done(); ) {
      var candidates = DecodeScenarios.anything(state, random);
      var step = state.advance(candidates);
      var other = moved(state, patient).advance(candidates);
      // An end that comes early cuts off what follows it; up to there it is a subset.
      int end = plan.endOf(step.state().canvas());
      var early =
          Arrays.stream(other.committed().positions())
              .filter(p -> p <= end)
              .boxed()
              .collect(Collectors.toList());
      assertThat(Arrays.stream(step.committed().positions()).boxed()).containsAll(early);
      state = step.state();
    }
  }

  @Property(tries = 300)
  void aPacedPolicyNeverTakesMoreForwardsThanWithoutPatience(
      @ForAll DecodePlan any, @ForAll @IntRange(min = 1, max = 6) int patience) {
    // Without ends of text or confidence, a paced policy takes all of its budget.
    boolean confident = any.seed() % 2 == 0;
    var options =
        DecodeOptions.DEFAULTS
            .withBlock(any.options().block())
            .withGrid(any.options().grid())
            .withPolicy(confident ? new RevealPolicy.Confidence() : new RevealPolicy.Random());
    if (any.options().steps().isPresent()) {
      options = options.withSteps(any.options().steps().getAsInt());
    }
    var without = run(new DecodePlan(any.canvas(), any.maskToken(), -1, options, any.seed(), 0));
    var with =
        run(
            new DecodePlan(
                any.canvas(), any.maskToken(), -1, options.withPatience(patience), any.seed(), 0));
    int budget = 0;
    for (int b = 0; b < without.plan().blocks(); b++) {
      budget += options.budget(without.plan().block(b).length);
    }
    assertThat(without.forwards()).isEqualTo(budget);
    assertThat(with.forwards()).isLessThanOrEqualTo(budget);
  }

  private static DecodeState run(DecodePlan plan) {
    try (var denoiser = new FakeDenoiser(FakeDenoiser.config(50, 128), 0)) {
      return denoiser.write(plan);
    }
  }

  private static DecodePlan with(DecodePlan plan, int patience) {
    var options = plan.options().withPatience(patience);
    boolean never = options.forPolicy(options.policy()).patience().isEmpty();
    options = never ? options.withPolicy(new RevealPolicy.Confidence()) : options;
    return DecodeScenarios.withOptions(plan, options);
  }

  private static DecodeState moved(DecodeState state, DecodePlan plan) {
    return new DecodeState(
        plan,
        state.canvas(),
        state.block(),
        state.blockStep(),
        state.steps(),
        state.forwards(),
        state.standing(),
        state.refreshed());
  }

  private static DecodePlan plan(int masks, DecodeOptions options) {
    return DecodePlan.of(List.of(new Segment.Masked(masks)), FakeDenoiser.CONFIG, options, 1);
  }
}
