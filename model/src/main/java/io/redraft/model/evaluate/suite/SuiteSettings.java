package io.redraft.model.evaluate.suite;

import io.redraft.model.InvalidInputException;
import io.redraft.model.evaluate.GenerationSettings;
import io.redraft.model.evaluate.Metric;
import io.redraft.model.text.DocumentFormat;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What to evaluate, and how.
 *
 * @param models the folders, the model in question first
 * @param judge a causal model's folder, for the generative perplexity
 * @param data the text
 * @param format how it divides into documents
 * @param documents how many documents to use, from the first on; 0 for all
 * @param metrics what to measure
 * @param masks masks a chunk of text, for bounds
 * @param pieces pieces of the text that gaps and keywords are taken from
 * @param span tokens of a gap
 * @param keywords most keywords of a piece
 * @param generation how texts are written
 * @param dictionary words that exist, one a line
 */
public record SuiteSettings(
    List<Path> models,
    Optional<Path> judge,
    Path data,
    DocumentFormat format,
    int documents,
    Set<Metric> metrics,
    int masks,
    int pieces,
    int span,
    int keywords,
    GenerationSettings generation,
    Optional<Path> dictionary) {

  public SuiteSettings {
    models = List.copyOf(models);
    metrics = Set.copyOf(metrics);
    if (models.isEmpty()) {
      throw new IllegalArgumentException("no model");
    }
    if (documents < 0) {
      throw InvalidInputException.of("documents", documents, "0 (all) or more");
    }
    atLeastOne("masks", masks);
    atLeastOne("pieces", pieces);
    atLeastOne("span", span);
    atLeastOne("keywords", keywords);
    if (metrics.contains(Metric.GENERATIVE_PERPLEXITY) && judge.isEmpty()) {
      throw InvalidInputException.of(
          "judge", "missing", "the folder of a causal model, for generative-perplexity");
    }
  }

  /** Whether a metric is asked for. */
  public boolean measures(Metric metric) {
    return metrics.contains(metric);
  }

  private static void atLeastOne(String field, int value) {
    if (value < 1) {
      throw InvalidInputException.of(field, value, "1 or more");
    }
  }
}
