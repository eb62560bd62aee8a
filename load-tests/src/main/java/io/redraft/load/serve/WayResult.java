package io.redraft.load.serve;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.redraft.load.measure.Jackknife;
import io.redraft.model.decode.PassShape;
import io.redraft.model.evaluate.TextMetrics;
import io.redraft.model.evaluate.WordList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.ToDoubleBiFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** What one way of decoding gave: its texts in order, what they took and what they are worth. */
final class WayResult {
  /**
   * One text.
   *
   * @param text opening and continuation
   * @param tokens its tokens
   * @param written tokens that were written
   * @param seconds from before the call to its end
   * @param whole passes over whole canvases, and how long they took together
   * @param block passes over one block, and how long they took together
   * @param shapes number of passes by their shape
   * @param verdict what the judge says
   */
  record Sample(
      String text,
      int[] tokens,
      int written,
      double seconds,
      Passes whole,
      Passes block,
      @JsonIgnore Map<PassShape, Integer> shapes,
      Judge.Verdict verdict) {
    private int passes() {
      return whole.count + block.count;
    }

    /** Entropy of its own tokens in nats. */
    double entropy() {
      return metrics(List.of(this)).tokenEntropy();
    }
  }

  /** Forward passes of one kind. */
  record Passes(int count, double seconds) {}

  /**
   * A ratio to a reference with its standard error over texts.
   *
   * @param value 1: the same
   * @param error NaN where one text is all there is
   */
  record Ratio(double value, double error) {}

  private static final WordList NO_WORDS = new WordList(List.of());

  private final List<Sample> samples = new ArrayList<>();
  private final List<Double> entropies = new ArrayList<>();

  void add(Sample sample) {
    samples.add(sample);
    entropies.add(sample.entropy());
  }

  List<Sample> samples() {
    return samples;
  }

  double tokensPerSecond() {
    return tokensPerSecond(this, i -> true);
  }

  double perplexity() {
    return perplexity(this, i -> true);
  }

  /** Of a text's own tokens in nats, mean over texts. */
  double entropy() {
    return entropy(this, i -> true);
  }

  /** Different pairs of words over all pairs, of all texts together. */
  double distinct2() {
    return metrics(samples).distinct2();
  }

  double tokensPerPass() {
    return sum(this, i -> true, Sample::written) / sum(this, i -> true, Sample::passes);
  }

  /** Tokens a second in the network, if every pass took what passes of its shape usually take. */
  double tokensPerSecond(PassCosts costs) {
    Map<PassShape, Integer> all = new HashMap<>();
    samples.forEach(s -> s.shapes.forEach((shape, n) -> all.merge(shape, n, Integer::sum)));
    return sum(this, i -> true, Sample::written) / costs.seconds(all);
  }

  double wholePasses() {
    return sum(this, i -> true, s -> s.whole.count) / samples.size();
  }

  double blockPasses() {
    return sum(this, i -> true, s -> s.block.count) / samples.size();
  }

  /** Milliseconds of a pass over a whole canvas in the network; NaN where there is none. */
  double wholeMillis() {
    return 1e3
        * sum(this, i -> true, s -> s.whole.seconds)
        / sum(this, i -> true, s -> s.whole.count);
  }

  /** Milliseconds of a pass over a block in the network; NaN where there is none. */
  double blockMillis() {
    return 1e3
        * sum(this, i -> true, s -> s.block.seconds)
        / sum(this, i -> true, s -> s.block.count);
  }

  Ratio speedOver(WayResult reference) {
    return ratio(WayResult::tokensPerSecond, reference);
  }

  /** How many times as many tokens a pass it writes, whatever passes cost. */
  double tokensPerPassOver(WayResult reference) {
    return tokensPerPass() / reference.tokensPerPass();
  }

  Ratio perplexityOver(WayResult reference) {
    return ratio(WayResult::perplexity, reference);
  }

  Ratio entropyOver(WayResult reference) {
    return ratio(WayResult::entropy, reference);
  }

  private Ratio ratio(ToDoubleBiFunction<WayResult, IntPredicate> number, WayResult reference) {
    ToDoubleFunction<IntPredicate> ratio =
        which -> number.applyAsDouble(this, which) / number.applyAsDouble(reference, which);
    return new Ratio(
        ratio.applyAsDouble(i -> true), Jackknife.standardError(samples.size(), ratio));
  }

  private static double tokensPerSecond(WayResult result, IntPredicate which) {
    return sum(result, which, Sample::written) / sum(result, which, Sample::seconds);
  }

  private static double perplexity(WayResult result, IntPredicate which) {
    double nats = sum(result, which, s -> s.verdict.nats());
    return Math.exp(nats / sum(result, which, s -> s.verdict.tokens()));
  }

  private static double entropy(WayResult result, IntPredicate which) {
    return IntStream.range(0, result.samples.size())
        .filter(which)
        .mapToDouble(result.entropies::get)
        .average()
        .orElse(Double.NaN);
  }

  private static double sum(WayResult result, IntPredicate which, ToDoubleFunction<Sample> number) {
    return IntStream.range(0, result.samples.size())
        .filter(which)
        .mapToDouble(i -> number.applyAsDouble(result.samples.get(i)))
        .sum();
  }

  private static TextMetrics metrics(List<Sample> of) {
    return TextMetrics.of(
        of.stream().map(s -> new TextMetrics.Text(s.text(), s.tokens())).toList(), NO_WORDS);
  }
}
