package io.redraft.load.verify;

import io.redraft.load.measure.Table;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.RepairState;
import io.redraft.model.decode.Segment;
import io.redraft.model.evaluate.GenerativePerplexity;
import io.redraft.model.evaluate.ModelUnderTest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntConsumer;

/** Drafts and what repairs make of them: the same texts before and after. */
final class RepairRuns {
  private static final long NAME = 1;

  /**
   * What repairs did.
   *
   * @param texts texts written
   * @param tokens tokens written
   * @param scored spans that were scored
   * @param repaired of which rewritten for good
   * @param changed tokens that changed
   * @param writingSeconds time for the drafts
   * @param mendingSeconds time for the repairs
   * @param judged by the name of a judge, its perplexity of the drafts and of the repaired texts,
   *     and the entropy of both in its tokens, nats
   */
  record Found(
      int texts,
      long tokens,
      long scored,
      long repaired,
      long changed,
      double writingSeconds,
      double mendingSeconds,
      Map<String, Judged> judged) {}

  /** A judge's numbers before and after. */
  record Judged(
      double perplexityBefore, double perplexityAfter, double entropyBefore, double entropyAfter) {}

  private final Pair pair;
  private final List<int[]> prompts;
  private final int length;
  private final List<String> drafts = new ArrayList<>();
  private final List<String> repaired = new ArrayList<>();
  private final long[] counts = new long[4];
  private final long[] nanos = new long[2];

  RepairRuns(Pair pair, List<int[]> prompts, int length) {
    this.pair = pair;
    this.prompts = prompts;
    this.length = length;
  }

  /** Writes and mends every text, then has all of them judged. */
  Found measure(DecodeOptions options, List<ModelUnderTest> judges, IntConsumer progress) {
    for (int i = 0; i < prompts.size(); i++) {
      write(prompts.get(i), options, i + 1L);
      progress.accept(i + 1);
    }
    var judged = new LinkedHashMap<String, Judged>();
    for (var judge : judges) {
      var before = GenerativePerplexity.of(drafts, judge);
      var after = GenerativePerplexity.of(repaired, judge);
      judged.put(
          judge.name(),
          new Judged(
              before.perplexity(),
              after.perplexity(),
              before.tokenEntropy(),
              after.tokenEntropy()));
    }
    return new Found(
        prompts.size(),
        counts[0],
        counts[1],
        counts[2],
        counts[3],
        nanos[0] / 1e9,
        nanos[1] / 1e9,
        judged);
  }

  private void write(int[] prompt, DecodeOptions options, long seed) {
    var config = pair.denoiser().config();
    List<Segment> segments = List.of(new Segment.Fixed(prompt), new Segment.Masked(length));
    var state = RepairState.start(DecodePlan.of(segments, config, options, seed), pair.sequence());
    var tokenizer = pair.model().tokenizer();
    long begun = System.nanoTime();
    try {
      while (state.writing()) {
        state = step(state);
      }
      nanos[0] += System.nanoTime() - begun;
      drafts.add(tokenizer.decode(state.tokens()));
      begun = System.nanoTime();
      while (!state.done()) {
        state = step(state);
      }
      nanos[1] += System.nanoTime() - begun;
    } finally {
      pair.denoiser().release(NAME);
      pair.verifier().release(NAME);
    }
    repaired.add(tokenizer.decode(state.tokens()));
    var verified = state.verified().orElseThrow();
    counts[0] += state.generatedTokens();
    counts[1] += verified.scored();
    counts[2] += verified.repaired();
    counts[3] += verified.changed();
  }

  private RepairState step(RepairState state) {
    var result =
        state.asksVerifier()
            ? pair.verifier().extend(List.of(state.nextCheck(NAME))).get(0)
            : pair.denoiser().denoise(List.of(state.text().next(NAME))).get(0);
    return state.advance(result).state();
  }

  /** Drafts and repaired texts of the last measurement, in the order of their prompts. */
  List<Map<String, String>> texts() {
    var texts = new ArrayList<Map<String, String>>();
    for (int i = 0; i < drafts.size(); i++) {
      texts.add(Map.of("draft", drafts.get(i), "repaired", repaired.get(i)));
    }
    return texts;
  }

  /** What the judges say, as a table. */
  static Table table(Found found) {
    var table =
        new Table(
            "judge", "perplexity, drafts", "repaired", "ratio", "entropy, drafts", "repaired");
    found
        .judged()
        .forEach(
            (name, j) ->
                table.row(
                    name,
                    format("%.3f", j.perplexityBefore()),
                    format("%.3f", j.perplexityAfter()),
                    format("%.4f", j.perplexityAfter() / j.perplexityBefore()),
                    format("%.4f", j.entropyBefore()),
                    format("%.4f", j.entropyAfter())));
    return table;
  }

  /** The rest of it, in a line. */
  static String line(Found found) {
    return String.format(
        Locale.ROOT,
        "%d texts, %d tokens; %d spans scored, %d rewritten, %d tokens changed (%.2f %%); repairs"
            + " took %.1f %% of the time of the drafts",
        found.texts(),
        found.tokens(),
        found.scored(),
        found.repaired(),
        found.changed(),
        100.0 * found.changed() / found.tokens(),
        100 * found.mendingSeconds() / found.writingSeconds());
  }

  private static String format(String pattern, double value) {
    return String.format(Locale.ROOT, pattern, value);
  }
}
