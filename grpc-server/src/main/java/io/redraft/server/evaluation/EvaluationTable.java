package io.redraft.server.evaluation;

import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.evaluate.Measure;
import io.redraft.model.evaluate.Metric;
import io.redraft.model.evaluate.suite.Findings;
import io.redraft.model.evaluate.suite.SuiteResult;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What was found, as tables for a terminal: a row a measure, a column a model or baseline. */
public final class EvaluationTable {
  /** A longer name loses its beginning, which paths have in common. */
  private static final int LONGEST_NAME = 32;

  private EvaluationTable() {}

  /** Prints everything. */
  public static void print(SuiteResult result, PrintWriter out) {
    boolean first = true;
    for (Metric metric : Metric.values()) {
      List<Findings> columns = result.with(metric);
      if (!columns.isEmpty()) {
        if (!first) {
          out.println();
        }
        first = false;
        out.println(heading(metric, columns));
        print(rows(result, metric), out);
      }
    }
    out.flush();
  }

  private static String heading(Metric metric, List<Findings> columns) {
    var bound = columns.get(0).bound();
    if (metric != Metric.BOUND || bound.isEmpty()) {
      return MetricNotes.title(metric);
    }
    Evaluation found = bound.get();
    return String.format(
        Locale.ROOT,
        "%s over %,d tokens (%,d bytes, %,d characters)%s",
        found.exact() ? "exact loss" : "bound (at most)",
        found.tokens(),
        found.bytes(),
        found.characters(),
        found.exact() ? "" : ", " + found.masks() + " masks a chunk");
  }

  /** The table of a metric: a header with the names, then a label and its values a row. */
  static List<List<String>> rows(SuiteResult result, Metric metric) {
    List<Findings> columns = result.with(metric);
    List<List<String>> rows = new ArrayList<>();
    rows.add(row("", columns.stream().map(Findings::name).toList()));
    for (Measure measure : result.measures(metric)) {
      rows.add(
          row(
              measure.label(),
              columns.stream()
                  .map(c -> c.measure(measure.name()).map(Measure::text).orElse("–"))
                  .toList()));
    }
    if (metric == Metric.BOUND) {
      rows.addAll(byMaskRatio(columns));
    }
    return rows;
  }

  private static List<List<String>> byMaskRatio(List<Findings> columns) {
    List<List<String>> rows = new ArrayList<>();
    var denoiser =
        columns.stream()
            .flatMap(c -> c.bound().stream())
            .filter(bound -> !bound.exact())
            .findFirst();
    int buckets = denoiser.map(bound -> bound.byMaskRatio().size()).orElse(0);
    for (int i = 0; i < buckets; i++) {
      var range = denoiser.orElseThrow().byMaskRatio().get(i);
      String label =
          String.format(Locale.ROOT, "masked %3.0f-%3.0f %%", 100 * range.from(), 100 * range.to());
      int at = i;
      List<String> cells = columns.stream().map(c -> bucket(c, at)).toList();
      if (cells.stream().anyMatch(cell -> !cell.equals("–"))) {
        rows.add(row(label + ", nats", cells));
      }
    }
    return rows;
  }

  private static String bucket(Findings findings, int index) {
    return findings
        .bound()
        .filter(bound -> index < bound.byMaskRatio().size())
        .map(bound -> bound.byMaskRatio().get(index))
        .filter(bucket -> bucket.masked() > 0)
        .map(bucket -> String.format(Locale.ROOT, "%.4f", bucket.nats()))
        .orElse("–");
  }

  private static List<String> row(String label, List<String> cells) {
    List<String> row = new ArrayList<>(List.of(label));
    row.addAll(cells);
    return row;
  }

  private static void print(List<List<String>> rows, PrintWriter out) {
    int[] widths = new int[rows.get(0).size()];
    for (List<String> row : rows) {
      for (int c = 0; c < widths.length; c++) {
        widths[c] = Math.max(widths[c], cell(row, c).length());
      }
    }
    for (List<String> row : rows) {
      var line = new StringBuilder();
      line.append(String.format("  %-" + Math.max(1, widths[0]) + "s", row.get(0)));
      for (int c = 1; c < widths.length; c++) {
        line.append(String.format("  %" + widths[c] + "s", cell(row, c)));
      }
      out.println(line);
    }
  }

  private static String cell(List<String> row, int column) {
    String cell = row.get(column);
    return column == 0 || cell.length() <= LONGEST_NAME
        ? cell
        : "…" + cell.substring(cell.length() - LONGEST_NAME + 1);
  }
}
