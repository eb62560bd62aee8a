package io.redraft.model.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.model.evaluate.WrittenText;
import io.redraft.model.report.HtmlReport;
import io.redraft.model.report.LineChart;
import io.redraft.model.report.SampleText;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.config.TrainingConfigFile;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * A run as one page: what it is, how it went and what its model writes. Everything but the texts
 * comes from the run's {@code metrics.jsonl}, so that a run that was resumed is shown whole.
 */
public final class RunReport {
  private static final String BLOCK_CAUSAL = "block_causal_"; // as BlockBound names itself

  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<JsonNode> training = new ArrayList<>();
  private final List<JsonNode> evaluations = new ArrayList<>();

  private RunReport(List<String> lines) throws IOException {
    for (var line : lines) {
      var node = JSON.readTree(line);
      (node.has("loss") ? training : evaluations).add(node);
    }
  }

  /**
   * Writes {@code report.html}.
   *
   * @param facts what the run is, by name
   * @param vocabulary tokens that a uniform guess would choose from
   * @param samples texts of the model
   * @param note what to know about the texts
   */
  public static void write(
      RunFolder folder,
      TrainingConfig config,
      Map<String, String> facts,
      int vocabulary,
      List<WrittenText> samples,
      String note)
      throws IOException {
    var report = new RunReport(Files.readAllLines(folder.metrics()));
    report.outcome(facts);
    var page =
        HtmlReport.titled("Training of " + config.run().name())
            .facts(facts)
            .heading("Curves")
            .chart(report.losses(vocabulary))
            .charts(report.details())
            .heading("Texts that the model writes")
            .paragraph(note)
            .texts(samples.stream().map(RunReport::shown).toList())
            .heading("Settings")
            .preformatted("config.yaml", TrainingConfigFile.dump(config));
    page.write(folder.report());
  }

  /** Adds what came out. */
  private void outcome(Map<String, String> facts) {
    if (!training.isEmpty()) {
      var last = training.get(training.size() - 1);
      facts.put("steps", String.format(Locale.ROOT, "%,d", last.path("step").asLong()));
      facts.put("passes over the text", String.format(Locale.ROOT, "%.2f", number(last, "passes")));
      facts.put("training loss at the end", nats(number(last, "loss")));
      if (last.path("skipped").asLong() > 0) {
        facts.put("steps without a finite gradient", last.path("skipped").asText());
      }
    }
    if (!evaluations.isEmpty()) {
      var last = evaluations.get(evaluations.size() - 1);
      facts.put("validation " + kind(last) + " at the end", nats(validation(last)) + beside(last));
      for (var size : blocks(last)) {
        facts.put(
            "validation bound in blocks of " + size + " at the end",
            nats(number(last, BLOCK_CAUSAL + size)));
      }
    }
  }

  /**
   * What is told of an evaluation beside its number: of masked cross-entropy, that it is no bound.
   */
  private static String beside(JsonNode line) {
    return line.has(RunMetrics.MASKED)
        ? String.format(
            Locale.ROOT,
            " that is masked, at mask ratios of %.3g to %.3g; no bound",
            number(line, "lowest_mask_ratio"),
            number(line, "highest_mask_ratio"))
        : String.format(
            Locale.ROOT, ", %.4f bits a byte", number(line, "validation_bits_per_byte"));
  }

  private LineChart losses(int vocabulary) {
    var chart = LineChart.of("Loss", "step", "nats a token");
    add(chart, "training", training, line -> number(line, "loss"));
    if (!evaluations.isEmpty()) {
      var name = "validation " + kind(evaluations.get(0));
      add(chart, name, evaluations, RunReport::validation);
      for (var size : blocks(evaluations.get(0))) {
        add(chart, "blocks of " + size, evaluations, line -> number(line, BLOCK_CAUSAL + size));
      }
    }
    return chart.level("uniform guess", Math.log(vocabulary));
  }

  private List<LineChart> details() {
    return List.of(
        detail("Learning rate", "learning rate", "learning_rate"),
        detail("Gradient norm before clipping", "norm", "gradient_norm"),
        detail("Speed", "tokens a second", "tokens_per_second"),
        detail("Model FLOP utilisation", "share of the peak", "model_flop_utilization"));
  }

  private LineChart detail(String title, String label, String field) {
    var chart = LineChart.of(title, "step", label);
    add(chart, title, training, line -> number(line, field));
    return chart;
  }

  private static void add(
      LineChart chart, String name, List<JsonNode> lines, ToDoubleFunction<JsonNode> value) {
    chart.series(
        name,
        lines.stream().mapToDouble(line -> line.path("step").asDouble()).toArray(),
        lines.stream().mapToDouble(value).toArray());
  }

  /** The sizes of blocks whose bounds a line tells. */
  private static List<String> blocks(JsonNode evaluation) {
    return evaluation.properties().stream()
        .map(Map.Entry::getKey)
        .filter(name -> name.startsWith(BLOCK_CAUSAL))
        .map(name -> name.substring(BLOCK_CAUSAL.length()))
        .toList();
  }

  private static String kind(JsonNode evaluation) {
    if (evaluation.has(RunMetrics.MASKED)) {
      return "masked cross-entropy";
    }
    return evaluation.has("validation_loss") ? "loss" : "bound";
  }

  private static double validation(JsonNode evaluation) {
    return number(evaluation, "validation_" + kind(evaluation).replaceAll("[ -]", "_"));
  }

  private static double number(JsonNode line, String field) {
    return line.path(field).asDouble(Double.NaN);
  }

  private static String nats(double value) {
    return String.format(Locale.ROOT, "%.4f nats a token", value);
  }

  private static SampleText shown(WrittenText text) {
    return SampleText.of("seed " + text.seed(), text.written());
  }
}
