package io.redraft.model.train.layerwise;

import io.redraft.model.train.RunReport;
import io.redraft.model.train.TrainingSession.Description;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.stage.StageLayout;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a stage leaves to look at: {@code report.html} beside its metrics. */
final class StageReport {
  private StageReport() {}

  static void write(LayerwiseRun run, Stage stage, StageLayout layout, Description description)
      throws IOException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("stage", stage.number() + " of " + run.stages().size() + ", " + stage.name());
    facts.put("blocks that compute", span(stage.executed().from(), stage.executed().to()));
    facts.put("blocks that learn", span(stage.trained().from(), stage.trained().to()));
    facts.put("weights that learn", String.format(Locale.ROOT, "%,d", layout.size()));
    facts.put(
        "mask ratios",
        String.format(Locale.ROOT, "%.3g to %.3g", stage.lowestRatio(), stage.highestRatio()));
    facts.put("objective", run.config(stage).objective().kind().key());
    facts.put("device", description.device() + "; peak " + description.peak());
    RunReport.write(
        run.folderOf(stage),
        run.config(stage),
        facts,
        run.network().vocabularySize(),
        List.of(),
        "None: a stage is no model yet.");
  }

  private static String span(int from, int to) {
    return from == to ? "none" : from + " to " + (to - 1);
  }
}
