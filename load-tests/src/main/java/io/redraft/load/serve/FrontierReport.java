package io.redraft.load.serve;

import io.redraft.load.measure.Report;
import io.redraft.load.measure.Table;
import io.redraft.load.serve.Standard.Grade;
import io.redraft.load.serve.WayResult.Ratio;
import io.redraft.model.Choice;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The tables and the JSON of a {@link Frontier}. */
final class FrontierReport {
  /** What was measured of a way, for a program. */
  record Measured(
      double tokensPerSecond,
      double tokensPerSecondByPasses,
      double tokensPerPass,
      double wholePassesPerText,
      double blockPassesPerText,
      Double wholePassMilliseconds,
      Double blockPassMilliseconds,
      double generativePerplexity,
      double tokenEntropy,
      double distinct2,
      List<WayResult.Sample> texts) {}

  /** How a way stands to a reference, for a program. */
  record Compared(
      Ratio tokensPerSecond,
      double tokensPerSecondByPasses,
      double tokensPerPass,
      Ratio generativePerplexity,
      Ratio tokenEntropy,
      Grade grade,
      boolean certain) {}

  private final Frontier frontier;
  private final Map<Way, WayResult> results;
  private final Standard standard;

  FrontierReport(Frontier frontier, Map<Way, WayResult> results, Standard standard) {
    this.frontier = frontier;
    this.results = results;
    this.standard = standard;
  }

  /**
   * Adds everything.
   *
   * @param settings what the texts had in common
   * @param references ways that the others are compared with
   */
  void addTo(Report report, Map<String, Object> settings, List<Way> references) {
    Map<String, Object> json = new LinkedHashMap<>(settings);
    Map<String, Object> ways = new LinkedHashMap<>();
    results.forEach((way, result) -> ways.put(way.toString(), measured(result)));
    json.put("ways", ways);
    report.table("Ways of decoding, one stream: " + settings, absolute());
    Map<String, Object> compared = new LinkedHashMap<>();
    for (var reference : references) {
      report.table("The same beside " + reference, beside(reference));
      report.line(fastest(reference, "equal", List.of(Grade.EQUAL)));
      report.line(fastest(reference, "no worse", List.of(Grade.EQUAL, Grade.NO_WORSE)));
      Map<String, Object> ratios = new LinkedHashMap<>();
      results.forEach((way, of) -> ratios.put(way.toString(), compared(of, reference)));
      compared.put(reference.toString(), ratios);
    }
    json.put("beside", compared);
    report.put("frontier", json);
  }

  private Measured measured(WayResult result) {
    return new Measured(
        result.tokensPerSecond(),
        result.tokensPerSecond(frontier.costs()),
        result.tokensPerPass(),
        result.wholePasses(),
        result.blockPasses(),
        finite(result.wholeMillis()),
        finite(result.blockMillis()),
        result.perplexity(),
        result.entropy(),
        result.distinct2(),
        result.samples());
  }

  private static Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }

  private Compared compared(WayResult result, Way beside) {
    var reference = results.get(beside);
    var perplexity = result.perplexityOver(reference);
    var entropy = result.entropyOver(reference);
    return new Compared(
        result.speedOver(reference),
        result.tokensPerSecond(frontier.costs()) / reference.tokensPerSecond(frontier.costs()),
        result.tokensPerPassOver(reference),
        perplexity,
        entropy,
        standard.grade(perplexity.value(), entropy.value()),
        standard.certain(perplexity, entropy));
  }

  private Table absolute() {
    var table =
        new Table(
            "policy/block/cache",
            "tokens/s",
            "by passes",
            "tokens a pass",
            "whole passes a text",
            "ms each",
            "block passes",
            "ms each",
            "generative perplexity",
            "entropy",
            "distinct-2");
    results.forEach(
        (way, result) ->
            table.row(
                way.toString(),
                number(1, result.tokensPerSecond()),
                number(1, result.tokensPerSecond(frontier.costs())),
                number(2, result.tokensPerPass()),
                number(1, result.wholePasses()),
                number(2, result.wholeMillis()),
                number(1, result.blockPasses()),
                number(2, result.blockMillis()),
                number(3, result.perplexity()),
                number(3, result.entropy()),
                number(3, result.distinct2())));
    return table;
  }

  private Table beside(Way reference) {
    var table =
        new Table(
            "policy/block/cache",
            "tokens/s",
            "by passes",
            "tokens a pass",
            "generative perplexity",
            "entropy",
            "texts are");
    results.forEach(
        (way, result) -> {
          var ratios = compared(result, reference);
          table.row(
              way.toString(),
              ratio(2, ratios.tokensPerSecond()) + "×",
              number(2, ratios.tokensPerSecondByPasses()) + "×",
              number(2, ratios.tokensPerPass()) + "×",
              ratio(3, ratios.generativePerplexity()),
              ratio(3, ratios.tokenEntropy()),
              grade(ratios));
        });
    return table;
  }

  private static String grade(Compared ratios) {
    String words = Choice.key(ratios.grade()).replace('-', ' ');
    return ratios.certain() ? words : words + "?";
  }

  private String fastest(Way reference, String words, List<Grade> grades) {
    Optional<Way> found = frontier.fastest(reference, standard, grades);
    return found
        .map(
            way ->
                "Fastest whose texts are %s: %s, %s times the tokens/s of %s."
                    .formatted(
                        words,
                        way,
                        ratio(2, results.get(way).speedOver(results.get(reference))),
                        reference))
        .orElse("No way's texts are " + words + ".");
  }

  private static String ratio(int digits, Ratio ratio) {
    String value = number(digits, ratio.value());
    return Double.isNaN(ratio.error()) ? value : value + " ± " + number(digits, ratio.error());
  }

  private static String number(int digits, double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%." + digits + "f", value) : "–";
  }
}
