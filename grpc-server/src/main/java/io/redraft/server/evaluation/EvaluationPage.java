package io.redraft.server.evaluation;

import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.evaluate.Metric;
import io.redraft.model.evaluate.WrittenText;
import io.redraft.model.evaluate.suite.Findings;
import io.redraft.model.evaluate.suite.SuiteResult;
import io.redraft.model.evaluate.suite.SuiteSettings;
import io.redraft.model.report.HtmlReport;
import io.redraft.model.report.LineChart;
import io.redraft.model.report.SampleText;
import io.redraft.model.report.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What was found, as one HTML page: how to read each number, the numbers, and the texts. */
public final class EvaluationPage {
  private static final String UNIFORM = "uniform";

  private EvaluationPage() {}

  /** The page. */
  public static HtmlReport of(SuiteResult result) {
    var page =
        HtmlReport.titled("Evaluation of " + result.models().get(0).name())
            .facts(facts(result.settings()));
    for (Metric metric : Metric.values()) {
      List<List<String>> rows =
          result.with(metric).isEmpty() ? List.of() : EvaluationTable.rows(result, metric);
      if (!rows.isEmpty()) {
        page.heading(MetricNotes.title(metric)).paragraph(MetricNotes.note(metric));
        var table = Table.of("", rows.get(0));
        rows.stream().skip(1).forEach(table::row);
        page.table(table);
        if (metric == Metric.BOUND) {
          chart(result, page);
        }
      }
      texts(result, metric, page);
    }
    return page;
  }

  private static Map<String, String> facts(SuiteSettings settings) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put(
        "models",
        settings.models().stream().map(Object::toString).collect(Collectors.joining(", ")));
    facts.put(
        "text",
        settings.data()
            + (settings.documents() == 0 ? "" : ", first " + settings.documents() + " documents"));
    settings.judge().ifPresent(judge -> facts.put("judge", judge.toString()));
    var generation = settings.generation();
    facts.put(
        "texts written",
        "%d, of %s tokens, %s, %s, temperature %s, top-p %s"
            .formatted(
                generation.samples(),
                generation.length() == 0 ? "as many" : generation.length(),
                generation.steps().isPresent()
                    ? generation.steps().getAsInt() + " steps"
                    : "as many steps as tokens",
                generation.block() == 0 ? "one block" : "blocks of " + generation.block(),
                generation.temperature(),
                generation.topP()));
    facts.put("masks a chunk", String.valueOf(settings.masks()));
    facts.put("seed", String.valueOf(generation.seed()));
    return facts;
  }

  /** The loss by mask ratio of all denoisers, with the uniform guess to compare. */
  private static void chart(SuiteResult result, HtmlReport page) {
    var chart =
        LineChart.of("Loss by share of masked tokens", "share masked", "nats per masked token");
    for (Findings one : result.models()) {
      one.bound().filter(bound -> !bound.exact()).ifPresent(bound -> add(one.name(), bound, chart));
    }
    result.baselines().stream()
        .filter(one -> one.name().equals(UNIFORM))
        .flatMap(one -> one.bound().stream())
        .forEach(bound -> chart.level("uniform guess", bound.natsPerToken()));
    if (!chart.isEmpty()) {
      page.chart(chart);
    }
  }

  /** A point a range of mask ratios that any mask fell into, at its middle. */
  private static void add(String name, Evaluation bound, LineChart chart) {
    var seen = bound.byMaskRatio().stream().filter(bucket -> bucket.masked() > 0).toList();
    chart.series(
        name,
        seen.stream().mapToDouble(bucket -> (bucket.from() + bucket.to()) / 2).toArray(),
        seen.stream().mapToDouble(Evaluation.Bucket::nats).toArray());
  }

  private static void texts(SuiteResult result, Metric metric, HtmlReport page) {
    for (Findings model : result.models()) {
      texts(model, metric, false, page);
    }
    for (Findings baseline : result.baselines()) {
      texts(baseline, metric, true, page);
    }
  }

  private static void texts(Findings source, Metric metric, boolean given, HtmlReport page) {
    List<WrittenText> texts = source.texts(metric);
    if (texts.isEmpty()) {
      return;
    }
    List<SampleText> shown = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      String label = given ? "piece " + (i + 1) : "seed " + texts.get(i).seed();
      shown.add(sample(texts.get(i), label));
    }
    page.subheading(source.name()).texts(shown);
  }

  /** What the model wrote is marked where it was given something. */
  private static SampleText sample(WrittenText text, String label) {
    boolean mixed = !text.given().isEmpty();
    return new SampleText(
        text.expected().isEmpty() ? label : "the text's own: " + text.expected().strip(),
        text.parts().stream()
            .map(part -> new SampleText.Part(part.text(), mixed && part.written()))
            .toList());
  }
}
