package io.redraft.model.evaluate.suite;

import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.evaluate.Measure;
import io.redraft.model.evaluate.Metric;
import io.redraft.model.evaluate.WrittenText;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was found about one model or baseline; filled metric by metric. A metric that means nothing
 * for it is absent.
 */
public final class Findings {
  private final String name;
  private final Map<Metric, List<Measure>> measures = new EnumMap<>(Metric.class);
  private final Map<Metric, List<WrittenText>> texts = new EnumMap<>(Metric.class);
  private Evaluation bound;

  Findings(String name) {
    this.name = name;
  }

  void put(Metric metric, List<Measure> found) {
    measures.put(metric, List.copyOf(found));
  }

  void put(Metric metric, List<Measure> found, List<WrittenText> written) {
    put(metric, found);
    texts.put(metric, List.copyOf(written));
  }

  void put(Evaluation found, List<Measure> asMeasures) {
    bound = found;
    put(Metric.BOUND, asMeasures);
  }

  /** Forgets what samples look like, where they were written for the judge alone. */
  void dropSampleMeasures() {
    measures.remove(Metric.SAMPLES);
  }

  /** A model's folder as it was given, or a baseline's name. */
  public String name() {
    return name;
  }

  /** A metric's measures; none where it was not measured. */
  public List<Measure> measures(Metric metric) {
    return measures.getOrDefault(metric, List.of());
  }

  /** All measures. */
  public List<Measure> measures() {
    return measures.values().stream().flatMap(List::stream).toList();
  }

  /** The measure of that name, if it was measured. */
  public Optional<Measure> measure(String measure) {
    return measures().stream().filter(one -> one.name().equals(measure)).findFirst();
  }

  /** Texts that were written for a metric. */
  public List<WrittenText> texts(Metric metric) {
    return texts.getOrDefault(metric, List.of());
  }

  /** The bound or exact loss in full, if it was measured. */
  public Optional<Evaluation> bound() {
    return Optional.ofNullable(bound);
  }
}
