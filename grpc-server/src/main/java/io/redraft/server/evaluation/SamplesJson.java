package io.redraft.server.evaluation;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.model.evaluate.Metric;
import io.redraft.model.evaluate.WrittenText;
import io.redraft.model.evaluate.suite.Findings;
import io.redraft.model.evaluate.suite.SuiteResult;
import io.redraft.model.files.AtomicFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * All texts that were written, as a JSON array of objects: {@code model}, {@code metric}, {@code
 * seed}, {@code text}, its {@code parts} ({@code text}, {@code written}) and, for a gap, what was
 * {@code expected} in it.
 */
public final class SamplesJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private SamplesJson() {}

  /** Writes the file; it appears whole or not at all. */
  public static void write(SuiteResult result, Path file) throws IOException {
    AtomicFiles.write(file, (of(result) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  static String of(SuiteResult result) {
    var all = JSON.createArrayNode();
    List<Findings> sources = new ArrayList<>(result.models());
    sources.addAll(result.baselines());
    for (Findings source : sources) {
      for (Metric metric : Metric.values()) {
        for (WrittenText text : source.texts(metric)) {
          var one = all.addObject();
          one.put("model", source.name());
          one.put("metric", metric.key());
          one.put("seed", text.seed());
          one.put("text", text.text());
          var parts = one.putArray("parts");
          for (WrittenText.Part part : text.parts()) {
            parts.addObject().put("text", part.text()).put("written", part.written());
          }
          if (!text.expected().isEmpty()) {
            one.put("expected", text.expected());
          }
        }
      }
    }
    return EvaluationJson.text(all);
  }
}
