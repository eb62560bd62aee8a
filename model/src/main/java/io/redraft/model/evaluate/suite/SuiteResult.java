package io.redraft.model.evaluate.suite;

import io.redraft.model.evaluate.Measure;
import io.redraft.model.evaluate.Metric;
import java.util.ArrayList;
import java.util.List;

/**
 * Everything that an evaluation found.
 *
 * @param settings what was asked
 * @param models the models in their order
 * @param baselines {@code uniform}, {@code unigram} and {@code text} (the evaluated text itself),
 *     those that mean something for the metrics asked for
 */
public record SuiteResult(SuiteSettings settings, List<Findings> models, List<Findings> baselines) {

  /** Models and baselines that have measures of a metric, in their order. */
  public List<Findings> with(Metric metric) {
    List<Findings> all = new ArrayList<>(models);
    all.addAll(baselines);
    return all.stream().filter(one -> !one.measures(metric).isEmpty()).toList();
  }

  /** A metric's measures, each once, as the first that has it calls it. */
  public List<Measure> measures(Metric metric) {
    List<Measure> rows = new ArrayList<>();
    for (Findings one : with(metric)) {
      for (Measure measure : one.measures(metric)) {
        if (rows.stream().noneMatch(row -> row.name().equals(measure.name()))) {
          rows.add(measure);
        }
      }
    }
    return rows;
  }
}
