package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.decode.Verification.Mode;
import io.redraft.model.decode.Verification.Verdict;
import io.redraft.model.nn.AttentionMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class RepairStateTest {
  private static final int BEGIN = FakeCausalModel.CONFIG.beginToken();
  private static final VerifierSequence SEQUENCE = new VerifierSequence(BEGIN);

  /** A text that was repaired, with what was told on the way. */
  private static final class Run {
    final FakeDenoiser denoiser =
        new FakeDenoiser(FakeDenoiser.CONFIG.withAttentionBlocks(List.of(5)), 0);
    final FakeCausalModel verifier = new FakeCausalModel();
    final List<SpanRepair> repairs = new ArrayList<>();
    final List<DenoiseTask> drafting = new ArrayList<>();
    final List<DenoiseTask> mending = new ArrayList<>();
    RepairState state;
    int[] folded;
    int[] draft;
    float[] sure;

    Run(DecodePlan plan) {
      state = RepairState.start(plan, SEQUENCE);
      folded = plan.canvas();
    }

    void step() {
      boolean writing = state.writing();
      var result =
          state.asksVerifier()
              ? verifier.extend(List.of(state.nextCheck(2))).get(0)
              : denoiser.denoise(List.of(asked(writing ? drafting : mending))).get(0);
      var step = state.advance(result);
      write(step.committed());
      for (int position : step.reopened()) {
        folded[position] = state.plan().maskToken();
      }
      if (!writing) {
        assertThat(step.committed().size() + step.reopened().length + step.draft().size()).isZero();
      }
      for (var repair : step.repairs()) {
        checkScores(repair, step.repairs());
      }
      for (var repair : step.repairs()) {
        for (int i = 0; i < repair.before().size(); i++) {
          assertThat(folded[repair.before().positions()[i]]).isEqualTo(repair.before().tokens()[i]);
        }
        write(repair.after());
        repairs.add(repair);
      }
      state = step.state();
      if (writing && !state.writing()) {
        draft = folded.clone();
        sure = state.confidences();
      }
    }

    private DenoiseTask asked(List<DenoiseTask> which) {
      which.add(state.text().next(1));
      return which.get(which.size() - 1);
    }

    private void write(Candidates slots) {
      for (int i = 0; i < slots.size(); i++) {
        folded[slots.positions()[i]] = slots.tokens()[i];
      }
    }

    /** The scores of a round's repairs, computed anew from the causal model's logits. */
    private void checkScores(SpanRepair repair, List<SpanRepair> all) {
      int[] before = state.canvas();
      int[] after = state.text().canvas();
      int end = state.tokens().length;
      var starts = new ArrayList<Integer>();
      ((RepairState.Stage.Rewriting) state.stage())
          .spans()
          .spans()
          .forEach(span -> starts.add(span.from()));
      int from = repair.before().positions()[0];
      int to = starts.stream().filter(p -> p > from).findFirst().orElse(end);
      assertThat(repair.scoreBefore()).isCloseTo(score(before, from, to), within(1e-3));
      assertThat(repair.scoreAfter()).isCloseTo(score(after, from, to), within(1e-3));
      assertThat(repair.scoreAfter()).isGreaterThan(repair.scoreBefore());
      assertThat(all).contains(repair);
    }

    private static double score(int[] canvas, int from, int to) {
      double sum = 0;
      for (int p = from; p < to; p++) {
        int[] context = new int[p + 1];
        context[0] = BEGIN;
        System.arraycopy(canvas, 0, context, 1, p);
        double probability = ReferenceSampler.softmax(FakeCausalModel.logits(context))[canvas[p]];
        sum += Math.log(Math.max(1e-30, (float) probability));
      }
      return sum;
    }
  }

  @Property(tries = 300)
  void changesUnsureSpansOnlyAndToWhatIsMoreProbable(
      @ForAll long seed,
      @ForAll @IntRange(min = 0, max = 10) int prompt,
      @ForAll @IntRange(min = 1, max = 40) int masks,
      @ForAll @IntRange(min = 0, max = 6) int suffix,
      @ForAll @IntRange(min = 0, max = 9) int block,
      @ForAll @DoubleRange(min = 0.02, max = 1) double confidence,
      @ForAll @DoubleRange(min = 0, max = 4) double margin,
      @ForAll @IntRange(min = 1, max = 3) int rounds,
      @ForAll boolean cached) {
    var draws = new Random(seed);
    var options =
        DecodeOptions.DEFAULTS
            .withSampling(new Sampling(draws.nextInt(2), 0, 1))
            .withBlock(block)
            .withCache(cached && block > 0 ? CacheMode.DUAL : CacheMode.NONE)
            .withVerification(new Verification(Mode.REPAIR, confidence, margin, rounds));
    if (draws.nextInt(3) == 0) {
      options = options.withRemask(0.1);
    }
    var plan = plan(draws, prompt, masks, suffix, options, seed);
    var run = new Run(plan);
    int passes = 0;
    while (!run.state.done()) {
      run.step();
      assertThat(++passes).isLessThan(1000);
      assertThat(RecordParts.of(run.state.text()).build(DecodeState.class))
          .isEqualTo(run.state.text());
    }
    int[] text = run.state.tokens();
    assertThat(Arrays.copyOf(run.folded, text.length)).isEqualTo(text);
    for (int p = 0; p < run.draft.length; p++) {
      if (run.draft[p] != run.folded[p]) {
        assertThat(plan.writable(p)).isTrue();
        assertThat(p).isLessThan(text.length);
        if (rounds == 1) {
          assertThat(run.sure[p]).isLessThan((float) confidence);
        }
      }
    }
    var counts = run.state.verified().orElseThrow();
    assertThat(counts.repaired()).isEqualTo(run.repairs.size());
    assertThat(counts.scored()).isGreaterThanOrEqualTo(counts.repaired());
    assertThat(counts.verdict()).isEqualTo(Verdict.VERIFIED);
    // A text that is left alone is the one that is written without a verifier.
    if (run.repairs.isEmpty()) {
      assertThat(text).isEqualTo(drafted(plan).tokens());
    }
  }

  @Property(tries = 200)
  void aTextThatIsGivenUpStandsAsItWasTold(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 30) int after) {
    var options =
        DecodeOptions.DEFAULTS
            .withSampling(new Sampling(1, 0, 1))
            .withVerification(new Verification(Mode.REPAIR, 1, 0, 3));
    var run = new Run(plan(new Random(seed), 3, 20, 0, options, seed));
    while (run.state.writing()) {
      run.step();
    }
    for (int i = 0; i < after && !run.state.done(); i++) {
      run.step();
    }
    if (!run.state.done()) {
      var given = run.state.giveUp(Verdict.LATE);
      assertThat(given.done()).isTrue();
      assertThat(given.tokens()).isEqualTo(Arrays.copyOf(run.folded, given.tokens().length));
      assertThat(given.verified().orElseThrow().verdict()).isEqualTo(Verdict.LATE);
      assertThat(given.finishReason()).isPresent();
    }
  }

  private static DecodeState drafted(DecodePlan plan) {
    var state = DecodeState.start(plan);
    try (var denoiser = new FakeDenoiser()) {
      while (!state.done()) {
        state = state.advance(denoiser.denoise(List.of(state.next(1))).get(0)).state();
      }
    }
    return state;
  }

  private static DecodePlan plan(
      Random draws, int prompt, int masks, int suffix, DecodeOptions options, long seed) {
    return DecodePlan.of(
        List.of(
            new Segment.Fixed(draws.ints(prompt, 1, 48).toArray()),
            new Segment.Masked(masks),
            new Segment.Fixed(draws.ints(suffix, 1, 48).toArray())),
        FakeDenoiser.CONFIG.withAttentionBlocks(List.of(5)),
        options,
        seed);
  }

  @Example
  void aSpanIsRewrittenFromTheFirstTokenOnThatTheCausalModelWouldNotWrite() {
    // Positions 0 to 7: 1 and 2 are unsure, and so are 4 to 6.
    float[] sure = {1, .2f, .3f, .9f, .1f, .4f, .2f, 1};
    int[] canvas = {10, 11, 12, 13, 14, 15, 16, 17};
    var spans = RepairSpans.below(sure, 0.5, 1, 8);
    assertThat(spans.spans())
        .containsExactly(new RepairSpans.Span(1, 3), new RepairSpans.Span(4, 7));
    var task = spans.task(3, VerifierSequence.NONE, canvas, 5);
    assertThat(task.tokens()).containsExactly(10, 11, 12, 13, 14, 15, 16);
    assertThat(task.positions()).containsExactly(1, 2, 3, 4, 5, 6, 7, 1, 2, 4, 5, 6);
    assertThat(task.given()).containsExactly(11, 12, 13, 14, 15, 16, 17, -1, -1, -1, -1, -1);

    // Another token is preferred at 2, but by too little; at 5 by enough.
    float[] p = {.5f, .4f, .5f, .5f, .1f, .5f, .5f, .5f, .5f, .5f, .6f, .5f};
    int[] tokens = {11, 12, 13, 14, 15, 16, 17, 11, 30, 14, 31, 32};
    var result = new Candidates(task.positions(), tokens, p, new float[p.length]);
    double[] scores = spans.scores(result);
    assertThat(scores[5]).isCloseTo(Math.log(.1), within(1e-6));
    assertThat(spans.sum(scores, 0)).isCloseTo(Math.log(.5 * .4 * .5), within(1e-6));
    var options = DecodeOptions.DEFAULTS.withVerification(new Verification(Mode.REPAIR, .5, 1, 1));
    var plan = new DecodePlan(new int[8], 49, 48, options, 5, 0);
    var rewritten = spans.rewrite(result, scores, plan, canvas, sure);
    assertThat(rewritten.spans()).containsExactly(new RepairSpans.Span(5, 7));
    assertThat(canvas).containsExactly(10, 11, 12, 13, 14, 31, 49, 17);
    assertThat(sure[5]).isEqualTo(.6f);
  }

  @Example
  void aDraftThatWasWrittenBlockCausallyIsMendedWithBothSidesInView() {
    var options =
        DecodeOptions.DEFAULTS
            .withAttention(AttentionMode.BLOCK_CAUSAL)
            .withBlock(5)
            .withCache(CacheMode.PREFIX)
            .withVerification(new Verification(Mode.REPAIR, 0.9, 0, 2));
    int mended = 0;
    int repairs = 0;
    for (int seed = 0; seed < 40; seed++) {
      var plan = plan(new Random(seed), 7, 21, 3, options, seed);
      var run = new Run(plan);
      while (!run.state.done()) {
        run.step();
      }
      assertThat(run.drafting)
          .allMatch(task -> task.attentionBlock() == 5 && task.cache() instanceof CacheUse.Append);
      assertThat(run.mending)
          .allMatch(task -> task.attentionBlock() == 0 && task.cache() instanceof CacheUse.None);
      var draft = DecodeState.start(plan);
      try (var denoiser =
          new FakeDenoiser(FakeDenoiser.CONFIG.withAttentionBlocks(List.of(5)), 0)) {
        while (!draft.done()) {
          draft = draft.advance(denoiser.denoise(List.of(draft.next(1))).get(0)).state();
        }
      }
      assertThat(run.draft).isEqualTo(draft.canvas());
      assertThat(run.state.canvas()).isEqualTo(run.folded);
      assertThat(run.state.plan()).isEqualTo(plan);
      assertThat(run.state.text().plan()).as("the plan is the request's").isEqualTo(plan);
      mended += run.mending.size();
      repairs += run.repairs.size();
    }
    // Both happen often, or this test has tested nothing.
    assertThat(mended).isGreaterThan(40);
    assertThat(repairs).isGreaterThan(10);
  }

  @Example
  void aDraftIsNoTextToGiveUp() {
    var options = DecodeOptions.DEFAULTS.withVerification(Verification.OFF.withMode(Mode.REPAIR));
    var state = new Run(plan(new Random(1), 3, 20, 0, options, 1)).state;
    assertThat(state.plan().options().steps()).isEqualTo(OptionalInt.empty());
    assertThatThrownBy(() -> state.giveUp(Verdict.LATE)).isInstanceOf(IllegalStateException.class);
  }
}
