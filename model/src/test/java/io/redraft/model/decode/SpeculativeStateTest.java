package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class SpeculativeStateTest {
  private static final NetworkConfig CAUSAL = FakeCausalModel.CONFIG;

  /**
   * A denoiser's shape with the causal model's tokens; that model may draw the mask's id as text.
   */
  private static final NetworkConfig DRAFTING =
      new NetworkConfig(
          50, 8, 1, 1, 1, 8, 8, 64, 1e-5, 10000, true, AttentionMode.BIDIRECTIONAL, 49, -1, 1);

  private static final VerifierSequence BEHIND_BEGIN = new VerifierSequence(CAUSAL.beginToken());

  @Property(tries = 500)
  void writesWhatTheCausalModelWritesWhateverIsDrafted(
      @ForAll long seed,
      @ForAll @IntRange(min = 0, max = 12) int prompt,
      @ForAll @IntRange(min = 1, max = 40) int masks,
      @ForAll @IntRange(min = 0, max = 9) int block,
      @ForAll @IntRange(min = 1, max = 3) int passes,
      @ForAll boolean cached,
      @ForAll @DoubleRange(min = 0, max = 1) double right,
      @ForAll @DoubleRange(min = 0, max = 0.3) double losses) {
    var draws = new Random(seed);
    var sampling =
        new Sampling(draws.nextInt(3) * 0.7, draws.nextInt(2) * 5, 1 - draws.nextInt(2) * 0.2);
    int[] text = draws.ints(prompt, 2, 49).toArray();
    var causal = written(text, masks, DecodeOptions.DEFAULTS.withSampling(sampling), seed);
    var options =
        lossless()
            .withSampling(sampling)
            .withBlock(block)
            .withSteps(passes)
            .withCache(cached ? CacheMode.DUAL : CacheMode.NONE);
    var state =
        SpeculativeState.start(
            DecodePlan.of(segments(text, masks), DRAFTING, options, seed), BEHIND_BEGIN);

    int[] folded = state.canvas();
    int drafts = 0;
    int checks = 0;
    var denoiser = new FakeDenoiser(DRAFTING, 0);
    var verifier = new FakeCausalModel();
    while (!state.done()) {
      boolean kept = draws.nextDouble() >= losses;
      Step<SpeculativeState> step;
      if (state.asksVerifier()) {
        verifier = kept ? verifier : new FakeCausalModel();
        step = state.advance(verifier.extend(List.of(state.nextCheck(3, kept))).get(0));
        checks++;
        assertThat(step.committed().size()).isPositive();
      } else {
        denoiser = kept ? denoiser : new FakeDenoiser(DRAFTING, 0);
        var proposed = denoiser.denoise(List.of(state.nextDraft(4, kept))).get(0);
        step = state.advance(mended(proposed, causal.canvas(), right, draws));
        drafts++;
        assertThat(step.committed().size()).isZero();
      }
      for (int i = 0; i < step.committed().size(); i++) {
        folded[step.committed().positions()[i]] = step.committed().tokens()[i];
      }
      state = step.state();
    }
    assertThat(state.tokens()).isEqualTo(withoutBegin(causal.tokens()));
    assertThat(state.finishReason()).isEqualTo(causal.finishReason());
    assertThat(Arrays.copyOf(folded, state.tokens().length)).isEqualTo(state.tokens());
    assertThat(state.generatedTokens()).isEqualTo(causal.generatedTokens());
    assertThat(state.forwards()).isEqualTo(drafts);
    var verified = state.verified().orElseThrow();
    assertThat(verified.checks()).isEqualTo(checks);
    assertThat(verified.accepted()).isBetween(0, verified.drafted());
    // Every round accepts some of its draft and adds one token, unless the draft has the end.
    int ended = state.finishReason().orElseThrow() == FinishReason.END_OF_TEXT ? 1 : 0;
    assertThat(verified.accepted() + checks - state.generatedTokens() - ended).isBetween(0, 1);
    if (right == 1 && passes == 1 && draftable(causal)) {
      assertThat(verified.accepted() + 2 * draftLength(block)).isGreaterThan(verified.drafted());
    }
  }

  /** Whether a text has no token that a denoiser cannot propose: its mask is one of the others'. */
  private static boolean draftable(CausalState written) {
    return Arrays.stream(written.tokens()).noneMatch(token -> token == DRAFTING.maskToken());
  }

  private static int draftLength(int block) {
    return block == 0 ? SpeculativeState.DEFAULT_DRAFT : block;
  }

  /** Proposals of which a share are what the causal model will write there. */
  private static Candidates mended(Candidates proposed, int[] causal, double right, Random draws) {
    int[] tokens = proposed.tokens().clone();
    for (int i = 0; i < tokens.length; i++) {
      int truth = causal[proposed.positions()[i] + 1];
      if (draws.nextDouble() < right && truth >= 0 && truth != DRAFTING.maskToken()) {
        tokens[i] = truth;
      }
    }
    return new Candidates(
        proposed.positions(), tokens, proposed.confidences(), proposed.entropies());
  }

  private static CausalState written(int[] text, int masks, DecodeOptions options, long seed) {
    var state = CausalState.start(DecodePlan.of(segments(text, masks), CAUSAL, options, seed));
    try (var model = new FakeCausalModel()) {
      while (!state.done()) {
        state = state.advance(model.extend(List.of(state.next(1))).get(0)).state();
      }
    }
    return state;
  }

  private static List<Segment> segments(int[] text, int masks) {
    return List.of(new Segment.Fixed(text), new Segment.Masked(masks));
  }

  private static int[] withoutBegin(int[] tokens) {
    return Arrays.copyOfRange(tokens, 1, tokens.length);
  }

  private static DecodeOptions lossless() {
    return DecodeOptions.DEFAULTS.forVerification(
        Verification.OFF.withMode(Verification.Mode.LOSSLESS));
  }

  @Example
  void draftsAFewTokensOverAWindowOfOneSize() {
    var plan = DecodePlan.of(segments(new int[] {5, 6}, 30), DRAFTING, lossless().withBlock(4), 1);
    var state = SpeculativeState.start(plan, BEHIND_BEGIN);
    assertThat(state.nextDraft(9, true).rows()).containsExactly(2, 3, 4, 5);
    assertThat(state.nextDraft(9, true).cache()).isEqualTo(new CacheUse.Refresh(9));

    state = state.advance(at(2, 7, 8, 9, 10)).state();
    var check = state.nextCheck(9, true);
    assertThat(check.tokens()).containsExactly(0, 5, 6, 7, 8, 9, 10);
    assertThat(check.prompt()).isEqualTo(3);
    assertThat(check.positions()).containsExactly(3, 4, 5, 6, 7);

    // 7 and 8 are accepted, 30 comes instead of 9.
    var step = state.advance(at(3, 7, 8, 30, 31, 32));
    assertThat(step.committed().positions()).containsExactly(2, 3, 4);
    assertThat(step.committed().tokens()).containsExactly(7, 8, 30);
    state = step.state();
    assertThat(state.verified().orElseThrow())
        .isEqualTo(new Verified(Verification.Verdict.VERIFIED, 1, 4, 2, 0, 0, 0));
    var next = state.nextDraft(9, true);
    assertThat(next.rows()).containsExactly(5, 6, 7, 8);
    var window = IntStream.range(0, 9).toArray();
    assertThat(((CacheUse.Reuse) next.cache()).positions()).isEqualTo(window);
    assertThat(state.nextDraft(9, false).cache()).isEqualTo(new CacheUse.Refresh(9));

    state = state.advance(at(5, 1, 1, 1, 1)).state();
    var second = state.nextCheck(9, true);
    assertThat(second.kept()).isEqualTo(5); // 0 5 6 7 8: the accepted tokens of the first check
    assertThat(second.tokens()).containsExactly(30, 1, 1, 1, 1);
    assertThat(state.nextCheck(9, false).kept()).isZero();
    assertThat(RecordParts.of(state).build(SpeculativeState.class)).isEqualTo(state);
  }

  private static Candidates at(int first, int... tokens) {
    int n = tokens.length;
    int[] positions = IntStream.range(first, first + n).toArray();
    return new Candidates(positions, tokens, new float[n], new float[n]);
  }

  @Example
  void refusesWhatACausalModelCannotWrite() {
    List<Segment> infill = List.of(new Segment.Masked(2), new Segment.Fixed(new int[] {5}));
    var plan = DecodePlan.of(infill, DRAFTING, lossless(), 1);
    assertThatThrownBy(() -> SpeculativeState.start(plan, BEHIND_BEGIN))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("verify is lossless, and text follows a mask; allowed: masks at");
    var nothing = DecodePlan.of(List.of(new Segment.Masked(3)), DRAFTING, lossless(), 1);
    assertThatThrownBy(() -> SpeculativeState.start(nothing, VerifierSequence.NONE))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("prompt is empty; allowed: 1 token or more, for this verifier");
  }
}
