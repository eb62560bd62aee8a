package io.redraft.load.verify;

import io.redraft.load.measure.Table;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.Sampling;
import io.redraft.model.decode.Segment;
import io.redraft.model.decode.SpeculativeState;
import io.redraft.model.decode.Verification;
import io.redraft.model.evaluate.CausalWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntConsumer;

/** The causal model's texts, written alone and with drafts of several lengths, text by text. */
final class LosslessRuns {
  private static final long NAME = 1;

  /**
   * What drafts of one length did at one temperature.
   *
   * @param block tokens a draft
   * @param texts texts written
   * @param unequal texts that are not the causal model's own
   * @param tokens tokens written
   * @param rounds passes of the causal model
   * @param drafted tokens drafted
   * @param accepted of which accepted
   * @param seconds time for the texts
   * @param causalSeconds time of the causal model alone for the same texts
   */
  record Found(
      double temperature,
      int block,
      int texts,
      int unequal,
      long tokens,
      long rounds,
      long drafted,
      long accepted,
      double seconds,
      double causalSeconds) {
    /** Tokens a round. */
    double tokensPerRound() {
      return (double) tokens / rounds;
    }

    /** How many times sooner the texts come. */
    double speedup() {
      return causalSeconds / seconds;
    }
  }

  private final Pair pair;
  private final List<int[]> prompts;
  private final int length;

  LosslessRuns(Pair pair, List<int[]> prompts, int length) {
    this.pair = pair;
    this.prompts = prompts;
    this.length = length;
  }

  /** Writes every text alone and with each length of drafts, in turn. */
  List<Found> measure(Sampling sampling, List<Integer> blocks, IntConsumer progress) {
    int n = blocks.size();
    long[][] counts = new long[n][5];
    long[] nanos = new long[n];
    long causalNanos = 0;
    for (int i = 0; i < prompts.size(); i++) {
      long begun = System.nanoTime();
      int[] alone = causal(prompts.get(i), sampling, i + 1L);
      causalNanos += System.nanoTime() - begun;
      for (int b = 0; b < n; b++) {
        begun = System.nanoTime();
        var drafted = lossless(prompts.get(i), sampling, blocks.get(b), i + 1L);
        nanos[b] += System.nanoTime() - begun;
        var verified = drafted.verified().orElseThrow();
        counts[b][0] += Arrays.equals(drafted.tokens(), alone) ? 0 : 1;
        counts[b][1] += drafted.generatedTokens();
        counts[b][2] += verified.checks();
        counts[b][3] += verified.drafted();
        counts[b][4] += verified.accepted();
      }
      progress.accept(i + 1);
    }
    var found = new ArrayList<Found>();
    for (int b = 0; b < n; b++) {
      found.add(
          new Found(
              sampling.temperature(),
              blocks.get(b),
              prompts.size(),
              (int) counts[b][0],
              counts[b][1],
              counts[b][2],
              counts[b][3],
              counts[b][4],
              nanos[b] / 1e9,
              causalNanos / 1e9));
    }
    return found;
  }

  /** The causal model's text, without its begin token. */
  private int[] causal(int[] prompt, Sampling sampling, long seed) {
    var config = pair.verifier().config();
    var options = DecodeOptions.DEFAULTS.withSampling(sampling);
    var plan = DecodePlan.of(segments(prompt), config, options, seed);
    int[] tokens = new CausalWriter(pair.verifier()).write(List.of(plan), done -> {}).get(0);
    return Arrays.copyOfRange(tokens, config.beginToken() < 0 ? 0 : 1, tokens.length);
  }

  private SpeculativeState lossless(int[] prompt, Sampling sampling, int block, long seed) {
    var options =
        DecodeOptions.DEFAULTS
            .withSampling(sampling)
            .withBlock(block)
            .forVerification(Verification.OFF.withMode(Verification.Mode.LOSSLESS));
    var plan = DecodePlan.of(segments(prompt), pair.denoiser().config(), options, seed);
    var state = SpeculativeState.start(plan, pair.sequence());
    try {
      while (!state.done()) {
        var result =
            state.asksVerifier()
                ? pair.verifier().extend(List.of(state.nextCheck(NAME, true))).get(0)
                : pair.denoiser().denoise(List.of(state.nextDraft(NAME, true))).get(0);
        state = state.advance(result).state();
      }
    } finally {
      pair.verifier().release(NAME);
      pair.denoiser().release(NAME);
    }
    return state;
  }

  private List<Segment> segments(int[] prompt) {
    return List.of(new Segment.Fixed(prompt), new Segment.Masked(length));
  }

  /** All that was found, as a table. */
  static Table table(List<Found> found) {
    var table =
        new Table(
            "temperature, draft",
            "texts",
            "unequal",
            "accepted of drafted",
            "tokens a round",
            "tokens/s",
            "causal alone",
            "speed-up");
    for (var f : found) {
      table.row(
          f.temperature() + ", " + f.block(),
          String.valueOf(f.texts()),
          String.valueOf(f.unequal()),
          format("%.1f %%", 100.0 * f.accepted() / Math.max(1, f.drafted())),
          format("%.2f", f.tokensPerRound()),
          format("%.1f", f.tokens() / f.seconds()),
          format("%.1f", f.tokens() / f.causalSeconds()),
          format("%.2f", f.speedup()));
    }
    return table;
  }

  private static String format(String pattern, double value) {
    return String.format(Locale.ROOT, pattern, value);
  }
}
