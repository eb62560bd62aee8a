package io.redraft.model.train.plan;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.redraft.model.Choice;
import io.redraft.model.train.curriculum.BlockSpan;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.stage.StageMemory;

/** A plan as one JSON object; sizes in bytes, times in seconds. */
public final class PlanJson {
  private PlanJson() {}

  /** The object. */
  public static String of(RunPlan plan, StageMemory endToEnd) {
    var root = new ObjectMapper().createObjectNode();
    root.put("parameters", plan.network().parameters());
    root.putObject("device")
        .put("memory", plan.device().memory())
        .put("flops", plan.device().flops())
        .put("compute", Choice.key(plan.device().compute()));
    var stages = root.putArray("stages");
    for (var each : plan.stages()) {
      var out = stages.addObject();
      stage(out, each.stage());
      memory(out, each.memory());
      out.put("cache", each.cache());
      out.put("flops", each.flops());
      out.put("seconds", each.seconds());
    }
    root.put("most_memory", plan.most(each -> each.memory().total()));
    root.put("most_cache", plan.most(StageEstimate::cache));
    root.put("held_out_cache", plan.heldOut());
    root.put("steps", plan.stages().stream().mapToLong(each -> each.stage().steps()).sum());
    root.put("seconds", plan.sum(StageEstimate::seconds));
    memory(root.putObject("end_to_end"), endToEnd);
    return root.toPrettyString();
  }

  private static void stage(ObjectNode out, Stage stage) {
    out.put("number", stage.number()).put("name", stage.name());
    out.put("kind", Choice.key(stage.kind()));
    span(out, "executed", stage.executed());
    span(out, "trained", stage.trained());
    out.put("embeddings", stage.embeddings()).put("head", stage.head());
    out.put("lowest_ratio", stage.lowestRatio()).put("highest_ratio", stage.highestRatio());
    out.put("steps", stage.steps()).put("cached", stage.mechanics().cached());
  }

  private static void span(ObjectNode out, String name, BlockSpan span) {
    out.putArray(name).add(span.from()).add(span.to());
  }

  private static void memory(ObjectNode out, StageMemory memory) {
    out.put("parameters", memory.parameters());
    out.put("trained_parameters", memory.trainedParameters());
    out.put("trained_weights", memory.trainedWeights());
    out.put("frozen_weights", memory.frozenWeights());
    out.put("gradient", memory.gradient());
    out.put("moments", memory.moments());
    out.put("average", memory.average());
    out.put("activations", memory.activations());
    out.put("logits", memory.head());
    out.put("total", memory.total());
  }
}
