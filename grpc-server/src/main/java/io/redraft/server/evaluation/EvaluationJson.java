package io.redraft.server.evaluation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.evaluate.Measure;
import io.redraft.model.evaluate.suite.Findings;
import io.redraft.model.evaluate.suite.SuiteResult;

/**
 * What was found, as one JSON object. The first model's numbers stand at the top, those of others
 * under {@code compared}, baselines under {@code baselines} by name. A number that does not exist
 * is null.
 */
public final class EvaluationJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private EvaluationJson() {}

  /** The object on one line. */
  public static String of(SuiteResult result) {
    var root = JSON.createObjectNode();
    var settings = result.settings();
    model(root, result.models().get(0));
    root.put("data", settings.data().toString());
    var compared = root.putArray("compared");
    for (Findings other : result.models().subList(1, result.models().size())) {
      model(compared.addObject(), other);
    }
    var baselines = root.putObject("baselines");
    result.baselines().forEach(one -> measures(baselines.putObject(one.name()), one));
    var asked = root.putObject("settings");
    settings.metrics().stream().sorted().map(m -> m.key()).forEach(asked.withArray("metrics")::add);
    settings.judge().ifPresent(judge -> asked.put("judge", judge.toString()));
    asked.put("documents", settings.documents());
    asked.put("masks", settings.masks());
    asked.put("pieces", settings.pieces());
    asked.put("span", settings.span());
    asked.put("keywords", settings.keywords());
    var generation = settings.generation();
    asked.put("samples", generation.samples());
    asked.put("length", generation.length());
    generation.steps().ifPresent(steps -> asked.put("steps", steps));
    asked.put("block", generation.block());
    asked.put("temperature", generation.temperature());
    asked.put("top_p", generation.topP());
    asked.put("seed", generation.seed());
    return text(root);
  }

  private static void model(ObjectNode node, Findings findings) {
    node.put("model", findings.name());
    findings.bound().ifPresent(bound -> node.put("exact", bound.exact()));
    measures(node, findings);
    findings.bound().filter(bound -> !bound.exact()).ifPresent(bound -> buckets(node, bound));
  }

  private static void measures(ObjectNode node, Findings findings) {
    for (Measure measure : findings.measures()) {
      if (!Double.isFinite(measure.value())) {
        node.putNull(measure.name());
      } else if (measure.unit() == Measure.Unit.COUNT) {
        node.put(measure.name(), (long) measure.value());
      } else {
        node.put(measure.name(), measure.value());
      }
    }
  }

  private static void buckets(ObjectNode node, Evaluation bound) {
    var buckets = node.putArray("by_mask_ratio");
    for (var bucket : bound.byMaskRatio()) {
      var one = buckets.addObject();
      one.put("from", bucket.from());
      one.put("to", bucket.to());
      one.put("masked", bucket.masked());
      one.put("nats", bucket.masked() == 0 ? null : Double.valueOf(bucket.nats()));
    }
  }

  static String text(Object node) {
    try {
      return JSON.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // a tree of plain values can always be written
    }
  }
}
