package io.redraft.server.cli;

import io.redraft.model.ByteCount;
import io.redraft.model.Choice;
import io.redraft.model.train.curriculum.BlockSpan;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.plan.RunPlan;
import io.redraft.model.train.plan.StageEstimate;
import io.redraft.model.train.stage.StageMemory;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A plan as a table for a terminal: a row a stage, then what the whole run needs. */
final class PlanTable {
  private static final List<String> HEADER =
      List.of(
          "stage",
          "computes",
          "learns",
          "masks",
          "steps",
          "parameters",
          "trainable",
          "weights",
          "optimizer",
          "gradient",
          "activations",
          "cache",
          "total",
          "time");

  private PlanTable() {}

  /** Prints everything. */
  static void print(RunPlan plan, StageMemory endToEnd, PrintWriter out) {
    var network = plan.network();
    out.printf(
        Locale.ROOT,
        "%,d parameters: %d blocks, width %d, vocabulary %d; %s at %.3g operations a second%n%n",
        network.parameters(),
        network.layers(),
        network.width(),
        network.vocabularySize(),
        Choice.key(plan.device().compute()),
        plan.device().flops());
    List<List<String>> rows = new ArrayList<>(List.of(HEADER));
    plan.stages().forEach(each -> rows.add(row(each)));
    print(rows, out);
    out.println();
    summary(plan, endToEnd, out);
    out.flush();
  }

  private static List<String> row(StageEstimate each) {
    var stage = each.stage();
    var memory = each.memory();
    List<String> row = new ArrayList<>();
    row.add(stage.number() + " " + stage.name());
    row.add(span(stage.executed()));
    row.add(learns(stage));
    row.add(masks(stage));
    row.add(Long.toString(stage.steps()));
    row.add(count(memory.parameters()));
    row.add(count(memory.trainedParameters()));
    row.add(ByteCount.format(memory.trainedWeights() + memory.frozenWeights()));
    row.add(ByteCount.format(memory.moments() + memory.average()));
    row.add(ByteCount.format(memory.gradient()));
    row.add(ByteCount.format(memory.activations() + memory.head()));
    row.add(each.cache() == 0 ? "-" : ByteCount.format(each.cache()));
    row.add(ByteCount.format(memory.total()));
    row.add(time(each.seconds()));
    return row;
  }

  private static String span(BlockSpan span) {
    return span.size() == 1 ? "" + span.from() : span.from() + "-" + (span.to() - 1);
  }

  private static String learns(Stage stage) {
    return (stage.embeddings() ? "E+" : "")
        + (stage.trained().size() == 0 ? "adapters" : span(stage.trained()))
        + (stage.head() ? "+H" : "");
  }

  private static String masks(Stage stage) {
    return stage.lowestRatio() == stage.highestRatio()
        ? String.format(Locale.ROOT, "%.2f", stage.lowestRatio())
        : String.format(Locale.ROOT, "%.2f-%.2f", stage.lowestRatio(), stage.highestRatio());
  }

  private static void summary(RunPlan plan, StageMemory endToEnd, PrintWriter out) {
    var most = plan.most(each -> each.memory().total());
    var state =
        plan.most(each -> each.stage().kind() == Stage.Kind.JOINT ? 0 : state(each.memory()));
    var memory = plan.device().memory();
    line(out, "most memory", ByteCount.format(most) + fits(most, memory));
    line(out, "end to end", ByteCount.format(endToEnd.total()) + fits(endToEnd.total(), memory));
    line(
        out,
        "optimizer",
        "and gradient at most %s outside joint phases, %.1f %% of end to end's %s"
            .formatted(
                ByteCount.format(state),
                100.0 * state / state(endToEnd),
                ByteCount.format(state(endToEnd))));
    var cache = plan.most(StageEstimate::cache);
    if (cache > 0) {
      line(out, "cache", "at most " + ByteCount.format(cache) + " on disk at a time");
    }
    if (plan.heldOut() > 0) {
      line(out, "held-out", ByteCount.format(plan.heldOut()) + " more, of the held-out text");
    }
    line(
        out,
        "time",
        time(plan.sum(StageEstimate::seconds)) + " at the peak speed; the true time is longer");
    out.println("E embeddings, H head; masks: share of tokens; optimizer: moments and average");
  }

  private static long state(StageMemory memory) {
    return memory.moments() + memory.average() + memory.gradient();
  }

  private static String fits(long bytes, long memory) {
    if (memory == 0) {
      return ", of a device whose memory is not known (--memory)";
    }
    return String.format(
        Locale.ROOT, ", %.1f %% of %s", 100.0 * bytes / memory, ByteCount.format(memory));
  }

  private static String count(long number) {
    return number < 10_000_000
        ? String.format(Locale.ROOT, "%,d", number)
        : String.format(Locale.ROOT, "%,.1f M", number / 1e6);
  }

  private static String time(double seconds) {
    if (seconds < 60) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    return seconds < 7200
        ? String.format(Locale.ROOT, "%.1f min", seconds / 60)
        : String.format(Locale.ROOT, "%,.1f h", seconds / 3600);
  }

  private static void line(PrintWriter out, String name, String value) {
    out.printf(Locale.ROOT, "%-12s %s%n", name, value);
  }

  /** Names to the left, numbers to the right. */
  private static void print(List<List<String>> rows, PrintWriter out) {
    var widths = new int[HEADER.size()];
    for (var row : rows) {
      for (var i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (var row : rows) {
      var line = new StringBuilder();
      for (var i = 0; i < widths.length; i++) {
        var side = i < 3 ? "-" : "";
        line.append(String.format("%" + side + widths[i] + "s  ", row.get(i)));
      }
      out.println(line.toString().stripTrailing());
    }
  }
}
