package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.DepthExecution;
import io.redraft.model.nn.DepthTime;
import io.redraft.model.nn.NetworkConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of S0 §2: six steps, two blocks each. */
class DepthStepsTest {
  private static final List<Double> RATIOS = List.of(1.00, 0.75, 0.55, 0.40, 0.25, 0.15);
  private static final NetworkConfig NETWORK = network(12, RATIOS);
  private static final int MASK = NETWORK.maskToken();

  @Test
  void everyStepLeavesTheShareOfMasksThatTheNextHasLearnedToRead() {
    var state = start(60, DecodeOptions.DEFAULTS);
    List<Integer> masks = new ArrayList<>();
    List<DepthRange> ranges = new ArrayList<>();
    while (!state.done()) {
      ranges.add(state.next().depth().orElseThrow().range());
      state = state.advance(anyTokens(state.next(), 3)).state();
      masks.add(masks(state.canvas()));
    }
    assertThat(masks).containsExactly(45, 33, 24, 15, 9, 0); // 60 r
    assertThat(ranges)
        .containsExactly(
            new DepthRange(0, 12, false),
            new DepthRange(2, 12, false),
            new DepthRange(4, 12, false),
            new DepthRange(6, 12, false),
            new DepthRange(8, 12, false),
            new DepthRange(10, 12, false));
  }

  @Test
  void aPrefixGrowsByTheBlocksOfEveryStep() {
    var state = start(60, DecodeOptions.DEFAULTS.withExecution(DepthExecution.PREFIX));
    List<DepthRange> ranges = new ArrayList<>();
    List<Integer> steps = new ArrayList<>();
    while (!state.done()) {
      var pass = state.next().depth().orElseThrow();
      ranges.add(pass.range());
      steps.add(pass.step());
      state = state.advance(anyTokens(state.next(), 3)).state();
    }
    assertThat(steps).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(ranges)
        .containsExactly(
            new DepthRange(0, 2, false),
            new DepthRange(0, 4, false),
            new DepthRange(0, 6, false),
            new DepthRange(0, 8, false),
            new DepthRange(0, 10, false),
            new DepthRange(0, 12, false));
  }

  @Test
  void moreStepsTakeEveryDepthStepSeveralTimesAndSpreadItsTokensEvenly() {
    var state = start(60, DecodeOptions.DEFAULTS.withSteps(12).withExecution(DepthExecution.BAND));
    List<Integer> masks = new ArrayList<>();
    List<Integer> blocks = new ArrayList<>();
    while (!state.done()) {
      blocks.add(state.next().depth().orElseThrow().range().from());
      state = state.advance(anyTokens(state.next(), 3)).state();
      masks.add(masks(state.canvas()));
    }
    assertThat(blocks).containsExactly(0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10);
    // Halfway between 60, 45, 33, 24, 15, 9 and 0, rounded down.
    assertThat(masks).containsExactly(52, 45, 39, 33, 28, 24, 19, 15, 12, 9, 4, 0);
  }

  @ParameterizedTest
  @CsvSource({"6", "7", "8", "11", "13", "60", "1000"})
  void depthStepsFollowEachOtherAndEachIsTakenAboutAsOften(int steps) {
    var depth = new DepthSteps(DepthExecution.SUFFIX, RATIOS, 2, steps);
    int[] times = new int[6];
    for (int i = 0; i < steps; i++) {
      times[depth.depth(i)]++;
      assertThat(depth.depth(i + 1) - depth.depth(i)).isBetween(0, 1);
      assertThat(depth.share(i + 1)).isLessThan(depth.share(i));
      if (depth.depth(i + 1) > depth.depth(i)) {
        assertThat(depth.share(i + 1)).isEqualTo(RATIOS.get(depth.depth(i + 1)));
        assertThat(depth.entry(i)).isEqualTo(depth.depth(i) + 1);
      } else {
        assertThat(depth.entry(i)).isEqualTo(depth.depth(i));
      }
    }
    assertThat(Arrays.stream(times).max().orElse(0) - Arrays.stream(times).min().orElse(0))
        .isBetween(0, 1);
    assertThat(depth.share(steps)).isZero();
  }

  @Test
  void aCanvasOfFewMasksBeginsWhereItHasAsManyAsItsShare() {
    // 40 of 60 are fixed: a third is masked, between 0.40 and 0.25. So the step that leaves a
    // quarter comes first.
    List<Segment> text = List.of(new Segment.Fixed(new int[40]), new Segment.Masked(20));
    var state = DecodeState.start(DecodePlan.of(text, NETWORK, DecodeOptions.DEFAULTS, 1));
    assertThat(state.next().depth().orElseThrow().range()).isEqualTo(new DepthRange(6, 12, false));
    int forwards = 0;
    while (!state.done()) {
      state = state.advance(anyTokens(state.next(), 3)).state();
      forwards++;
    }
    assertThat(forwards).isEqualTo(3).isEqualTo(state.forwards());
    assertThat(state.steps()).isEqualTo(6);
  }

  @Test
  void stopsWhenNoMasksRemain() {
    var options = DecodeOptions.DEFAULTS.withPolicy(new RevealPolicy.Threshold(0.2));
    var state = start(60, options);
    state = state.advance(anyTokens(state.next(), 3)).state();
    assertThat(state.done()).as("all candidates are 0.5 certain").isTrue();
    assertThat(state.forwards()).isOne();
    state = start(60, DecodeOptions.DEFAULTS.withConfidenceStop(0.4));
    assertThat(state.advance(anyTokens(state.next(), 3)).state().done()).isTrue();
    // An end of text at once: nothing behind it is written.
    state = start(60, DecodeOptions.DEFAULTS);
    assertThat(state.advance(anyTokens(state.next(), NETWORK.endToken())).state().done()).isTrue();
  }

  @Test
  void everyTextEndsWithinItsStepsWhateverIsProposed() {
    var random = new Random(4);
    for (int run = 0; run < 300; run++) {
      int length = 1 + random.nextInt(64);
      int steps = 6 + random.nextInt(40);
      var policy =
          List.of(
                  new RevealPolicy.Confidence(),
                  new RevealPolicy.Threshold(0.7),
                  new RevealPolicy.Random(),
                  new RevealPolicy.Linear(),
                  new RevealPolicy.Factor(1))
              .get(random.nextInt(5));
      var options =
          DecodeOptions.DEFAULTS
              .withPolicy(policy)
              .withSteps(steps)
              .withExecution(DepthExecution.values()[random.nextInt(3)]);
      var state = start(length, options);
      int depth = 0;
      try (var denoiser = new FakeDenoiser(NETWORK, 0)) {
        while (!state.done()) {
          var task = state.next();
          var pass = task.depth().orElseThrow();
          int now = pass.range().carried() ? pass.range().to() - 2 : pass.range().from();
          assertThat(now).isGreaterThanOrEqualTo(depth);
          depth = now;
          for (int p = 0; p < pass.entries().length; p++) {
            assertThat(pass.entries()[p]).isBetween(0, now / 2);
            assertThat(task.canvas()[p] == MASK && pass.entries()[p] > 0).isFalse();
          }
          var step = state.advance(denoiser.denoise(List.of(task)).get(0));
          assertThat(step.committed().size()).as("a pass decides something").isPositive();
          // Taken apart and put together, as another node would have it.
          state = RecordParts.of(step.state()).build(DecodeState.class);
          assertThat(state).isEqualTo(step.state());
        }
      }
      assertThat(state.steps()).isLessThanOrEqualTo(steps);
      assertThat(state.forwards()).isLessThanOrEqualTo(state.steps());
    }
  }

  @Test
  void textOfAnEditCountsAsThereFromTheFirst() {
    var state = start(20, DecodeOptions.DEFAULTS.withExecution(DepthExecution.LOCAL));
    state = state.advance(anyTokens(state.next(), 3)).state();
    assertThat(state.entries()).contains(1);
    var edit = new CanvasEdit.Replace(19, 1, new int[] {7});
    var edited = state.edit(edit, new EditLimits(64, 64)).state();
    assertThat(edited.entries()).hasSize(20).containsOnly(0);
    assertThat(edited.next().depth().orElseThrow().range()).isEqualTo(new DepthRange(0, 4, true));
  }

  @Test
  void refusesWhatItsStepsLeaveNoRoomFor() {
    refused(DecodeOptions.DEFAULTS.withSteps(5), "steps is 5; allowed: 6 or more, the depth steps");
    refused(DecodeOptions.DEFAULTS.withBlock(8), "block is 8; allowed: 0, for a model with");
    refused(
        DecodeOptions.DEFAULTS.withBlock(8).withCache(CacheMode.DUAL), "block is 8; allowed: 0");
    refused(DecodeOptions.DEFAULTS.withGrid(StepGrid.COSINE), "grid is cosine; allowed: uniform");
    refused(DecodeOptions.DEFAULTS.withRemask(0.4), "remask is 0.4; allowed: none");
    refused(
        DecodeOptions.DEFAULTS.withPolicy(new RevealPolicy.Ancestral()), "policy is ancestral;");
    refused(
        DecodeOptions.DEFAULTS.withGuidance(new Guidance(1, GuidanceSchedule.CONSTANT)),
        "guidance is 1.0; allowed: 0 (off)");
    refused(
        DecodeOptions.DEFAULTS.forVerification(
            new Verification(Verification.Mode.REPAIR, 0.7, 1, 1)),
        "verify is repair; allowed: off");
    assertThatThrownBy(
            () ->
                DecodeOptions.DEFAULTS
                    .withExecution(DepthExecution.BAND)
                    .check(FakeDenoiser.CONFIG))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("execution is band; allowed: none, without depth_ratios");
  }

  @Test
  void ratiosThatAreNoneAreRefused() {
    for (var ratios :
        List.of(
            List.of(0.5, 0.5), List.of(0.4, 0.5), List.of(1.1), List.of(1., 0.), List.of(-1.))) {
      assertThatThrownBy(() -> network(2, ratios))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageStartingWith("depth_ratios is " + ratios + "; allowed: mask ratios");
    }
    assertThatThrownBy(() -> network(5, List.of(1., 0.5)))
        .hasMessageContaining("as many as divide num_hidden_layers (5)");
  }

  private static void refused(DecodeOptions options, String message) {
    assertThatThrownBy(() -> options.check(NETWORK))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(message);
  }

  private static NetworkConfig network(int layers, List<Double> ratios) {
    return new NetworkConfig(
            50,
            8,
            layers,
            1,
            1,
            8,
            8,
            64,
            1e-5,
            10000,
            true,
            AttentionMode.BIDIRECTIONAL,
            49,
            -1,
            48)
        .withDepth(new DepthTime(ratios, DepthExecution.SUFFIX));
  }

  private static DecodeState start(int masks, DecodeOptions options) {
    return DecodeState.start(
        DecodePlan.of(List.of(new Segment.Masked(masks)), NETWORK, options, 1));
  }

  private static int masks(int[] canvas) {
    return (int) Arrays.stream(canvas).filter(token -> token == MASK).count();
  }

  /** The same token everywhere, 0.5 certain. */
  private static Candidates anyTokens(DenoiseTask task, int token) {
    int n = task.rows().length;
    int[] tokens = new int[n];
    float[] half = new float[n];
    Arrays.fill(tokens, token);
    Arrays.fill(half, 0.5f);
    return new Candidates(task.rows(), tokens, half, half);
  }
}
