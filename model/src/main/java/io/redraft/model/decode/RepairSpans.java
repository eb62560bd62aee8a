package io.redraft.model.decode;

import io.redraft.model.decode.CausalModel.ExtendTask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Spans of a text that are looked at together, and what a causal model says of them.
 *
 * @param spans runs of neighbouring positions, from left to right, none touching another
 * @param end positions of the text, before its end of text
 */
record RepairSpans(List<Span> spans, int end) {
  /** Positions {@code from} to {@code to}, without the last. */
  record Span(int from, int to) {
    /** The span's tokens and confidences on a canvas. */
    Candidates slots(int[] canvas, float[] confidences) {
      return new Candidates(
          IntStream.range(from, to).toArray(),
          Arrays.copyOfRange(canvas, from, to),
          Arrays.copyOfRange(confidences, from, to),
          new float[to - from]);
    }
  }

  /** Below this a probability is not told from 0. */
  private static final double LEAST = 1e-30;

  RepairSpans {
    spans = List.copyOf(spans);
  }

  /**
   * The runs of positions of which a text is not sure.
   *
   * @param confidences by position; 1 where nothing may be rewritten
   * @param least what a position must have not to be in a span
   * @param first no span begins before this position
   */
  static RepairSpans below(float[] confidences, double least, int first, int end) {
    var spans = new ArrayList<Span>();
    for (int p = first; p < end; p++) {
      if (confidences[p] < least) {
        int from = p;
        while (p < end && confidences[p] < least) {
          p++;
        }
        spans.add(new Span(from, p));
      }
    }
    return new RepairSpans(spans, end);
  }

  boolean isEmpty() {
    return spans.isEmpty();
  }

  /**
   * The pass that scores a canvas from the first span on, and asks what the causal model would
   * write at each position of a span.
   */
  ExtendTask task(long name, VerifierSequence sequence, int[] canvas, long seed) {
    int[] tokens = sequence.tokens(canvas, 0, end - 1);
    int[] scored = scored();
    int[] asked = asked();
    int[] positions = IntStream.concat(Arrays.stream(scored), Arrays.stream(asked)).toArray();
    int[] rows = Arrays.stream(positions).map(p -> sequence.before() + p - 1).toArray();
    int[] given =
        IntStream.concat(
                Arrays.stream(scored).map(p -> canvas[p]), Arrays.stream(asked).map(p -> -1))
            .toArray();
    return new ExtendTask(name, 0, tokens, tokens.length, rows, given, Sampling.GREEDY, seed);
  }

  /** Positions from the first span to the end of the text. */
  private int[] scored() {
    return IntStream.range(spans.get(0).from(), end).toArray();
  }

  /** Positions of all spans. */
  private int[] asked() {
    return spans.stream().flatMapToInt(s -> IntStream.range(s.from(), s.to())).toArray();
  }

  /** Log-probabilities in nats by position, as the task's result gives them; 0 before. */
  double[] scores(Candidates result) {
    double[] scores = new double[end];
    int[] scored = scored();
    for (int i = 0; i < scored.length; i++) {
      scores[scored[i]] = log(result.confidences()[i]);
    }
    return scores;
  }

  /**
   * Rewrites each span whose tokens the causal model would not write: from the first position on at
   * which it prefers another token by the margin. That position gets the token that it prefers, the
   * rest of the span is masked. An end of text is nothing to rewrite with: it would cut off what
   * follows; nor is the mask, which a causal model takes for a token like any other.
   *
   * @param plan of the canvas
   * @param written receives the canvas
   * @param confidences receives the causal model's probability of the tokens that it has put in
   * @return the spans that were rewritten, each from its first other token on
   */
  RepairSpans rewrite(
      Candidates result, double[] scores, DecodePlan plan, int[] written, float[] confidences) {
    double margin = plan.options().verification().margin();
    int at = result.size() - asked().length;
    var rewritten = new ArrayList<Span>();
    for (Span span : spans) {
      boolean found = false;
      for (int p = span.from(); p < span.to(); p++, at++) {
        int best = result.tokens()[at];
        boolean other = best != written[p] && best != plan.endToken() && best != plan.maskToken();
        if (found) {
          written[p] = plan.maskToken();
        } else if (other && log(result.confidences()[at]) - scores[p] >= margin) {
          written[p] = best;
          confidences[p] = result.confidences()[at];
          rewritten.add(new Span(p, span.to()));
          found = true;
        }
      }
    }
    return new RepairSpans(rewritten, end);
  }

  /** Sum of scores from span {@code i} to the next one. */
  double sum(double[] scores, int i) {
    int to = i + 1 < spans.size() ? spans.get(i + 1).from() : end;
    return Arrays.stream(scores, spans.get(i).from(), to).sum();
  }

  private static double log(float probability) {
    return Math.log(Math.max(LEAST, probability));
  }
}
