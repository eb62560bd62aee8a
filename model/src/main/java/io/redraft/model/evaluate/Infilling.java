package io.redraft.model.evaluate;

import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * Whether a model finds the tokens of a gap in the middle of a text. The gap is filled greedily,
 * one token a step. A causal model does not see what follows the gap; it goes on from what stands
 * before.
 *
 * @param spans number of gaps
 * @param tokens tokens in them
 * @param rightTokens tokens that are the text's own, place by place
 * @param rightSpans gaps all of whose tokens are
 * @param texts what was filled in
 */
public record Infilling(
    int spans, long tokens, long rightTokens, int rightSpans, List<WrittenText> texts) {

  /**
   * Has gaps filled.
   *
   * @param pieces texts of at least {@code span} + 2 tokens
   * @param span tokens of a gap
   */
  public static Infilling of(
      ModelUnderTest model, List<HeldOutPiece> pieces, int span, LongConsumer progress) {
    List<DecodePlan> plans = new ArrayList<>();
    for (HeldOutPiece piece : pieces) {
      int[] tokens = piece.tokens();
      int from = from(tokens, span);
      var segments = new ArrayList<Segment>();
      segments.add(new Segment.Fixed(Arrays.copyOf(tokens, from)));
      segments.add(new Segment.Masked(span));
      if (!model.causal()) {
        segments.add(new Segment.Fixed(Arrays.copyOfRange(tokens, from + span, tokens.length)));
      }
      plans.add(
          DecodePlan.of(
              segments,
              model.network(),
              DecodeOptions.defaults(model.network()).withSteps(span),
              0));
    }
    int begin = model.causal() && model.network().beginToken() >= 0 ? 1 : 0;
    List<int[]> written = model.writer().write(plans, progress);
    List<int[]> filled = new ArrayList<>();
    List<WrittenText> texts = new ArrayList<>();
    for (int i = 0; i < pieces.size(); i++) {
      int[] tokens = pieces.get(i).tokens();
      int from = from(tokens, span);
      int[] all = written.get(i);
      // A causal model may have ended the text early: what is missing is wrong.
      int to = Math.min(all.length, begin + from + span);
      int[] gap = Arrays.copyOfRange(all, Math.min(to, begin + from), to);
      filled.add(gap);
      texts.add(text(model, tokens, from, span, gap));
    }
    return count(pieces, filled, span, texts);
  }

  /** What comes of filling all gaps with the token that stands most often outside of them. */
  public static Infilling unigram(List<HeldOutPiece> pieces, int span) {
    Map<Integer, Long> counts = new HashMap<>();
    for (HeldOutPiece piece : pieces) {
      int from = from(piece.tokens(), span);
      for (int p = 0; p < piece.length(); p++) {
        if (p < from || p >= from + span) {
          counts.merge(piece.tokens()[p], 1L, Long::sum);
        }
      }
    }
    int usual =
        counts.entrySet().stream()
            .max(
                Map.Entry.<Integer, Long>comparingByValue()
                    .thenComparing(Map.Entry.<Integer, Long>comparingByKey().reversed()))
            .orElseThrow()
            .getKey();
    int[] gap = new int[span];
    Arrays.fill(gap, usual);
    return count(pieces, pieces.stream().map(piece -> gap).toList(), span, List.of());
  }

  private static Infilling count(
      List<HeldOutPiece> pieces, List<int[]> filled, int span, List<WrittenText> texts) {
    long rightTokens = 0;
    int rightSpans = 0;
    for (int i = 0; i < pieces.size(); i++) {
      int[] tokens = pieces.get(i).tokens();
      int from = from(tokens, span);
      int right = 0;
      for (int p = 0; p < Math.min(span, filled.get(i).length); p++) {
        right += filled.get(i)[p] == tokens[from + p] ? 1 : 0;
      }
      rightTokens += right;
      rightSpans += right == span ? 1 : 0;
    }
    return new Infilling(
        pieces.size(), (long) pieces.size() * span, rightTokens, rightSpans, texts);
  }

  private static int from(int[] tokens, int span) {
    return (tokens.length - span) / 2;
  }

  private static WrittenText text(
      ModelUnderTest model, int[] tokens, int from, int span, int[] gap) {
    int[] all = new int[tokens.length - span + gap.length];
    System.arraycopy(tokens, 0, all, 0, from);
    System.arraycopy(gap, 0, all, from, gap.length);
    System.arraycopy(tokens, from + span, all, from + gap.length, tokens.length - from - span);
    String expected = model.tokenizer().decode(Arrays.copyOfRange(tokens, from, from + span));
    return WrittenText.of(
        0, all, p -> p >= from && p < from + gap.length, expected, model.tokenizer());
  }

  /** Share of tokens that are right. */
  public double tokenAccuracy() {
    return (double) rightTokens / tokens;
  }

  /** Share of gaps that are right as a whole. */
  public double spanAccuracy() {
    return (double) rightSpans / spans;
  }

  /** As measures. */
  public List<Measure> measures() {
    return List.of(
        Measure.count("infilling_spans", "gaps", spans),
        Measure.count("infilling_tokens", "tokens in them", tokens),
        Measure.share("infilling_token_accuracy", "right tokens", tokenAccuracy()),
        Measure.share("infilling_span_accuracy", "right gaps", spanAccuracy()));
  }
}
