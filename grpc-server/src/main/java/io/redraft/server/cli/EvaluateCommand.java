package io.redraft.server.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.model.InvalidInputException;
import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.tensor.Device;
import io.redraft.model.text.DocumentFormat;
import io.redraft.model.train.ModelEvaluation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code redraft evaluate}: the bound, or a causal model's exact loss, on a file. */
@Command(
    name = "evaluate",
    description = {
      "Measures how well a model predicts a text.",
      "A denoiser's numbers are an upper bound, at fixed masks; a causal model's are exact."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft evaluate --model models/llama-stories --data stories.txt",
      "  redraft evaluate --model DIR --data test.jsonl --format jsonl --masks 8 --json"
    })
final class EvaluateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--model", required = true, paramLabel = "DIR", description = "Model folder.")
  private Path model;

  @Option(names = "--data", required = true, paramLabel = "FILE", description = "Text to predict.")
  private Path data;

  @Option(
      names = "--format",
      paramLabel = "NAME",
      defaultValue = "file",
      description =
          "file, lines, paragraphs, stories, jsonl, jsonl:FIELD (default ${DEFAULT-VALUE}).")
  private String format;

  @Option(
      names = "--documents",
      paramLabel = "N",
      defaultValue = "0",
      description = "Use the first N documents only; 0 uses all (default).")
  private int documents;

  @Option(
      names = "--masks",
      paramLabel = "K",
      defaultValue = "32",
      description = "Masks a chunk of text (default ${DEFAULT-VALUE}).")
  private int masks;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "0",
      description = "Fixes the masks (default ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      defaultValue = "cpu",
      description = "cpu, gpu0, gpu1, … (default ${DEFAULT-VALUE}).")
  private String device;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    if (masks < 1) {
      throw InvalidInputException.of("masks", masks, "1 or more");
    }
    if (documents < 0) {
      throw InvalidInputException.of("documents", documents, "0 (all) or more");
    }
    var evaluation =
        ModelEvaluation.open(model, data, DocumentFormat.named(format), documents, masks, seed);
    var found = evaluate(evaluation, Device.parse(device));
    var out = spec.commandLine().getOut();
    if (json) {
      out.println(new ObjectMapper().writeValueAsString(values(found)));
    } else {
      print(found, out);
    }
    return 0;
  }

  private static Evaluation evaluate(ModelEvaluation evaluation, Device device) {
    if (System.console() == null) {
      return evaluation.run(device, (done, all) -> {});
    }
    try (ProgressBar bar =
        new ProgressBarBuilder()
            .setTaskName("evaluate")
            .setStyle(ProgressBarStyle.ASCII)
            .setConsumer(new ConsoleProgressBarConsumer(System.err))
            .build()) {
      return evaluation.run(
          device,
          (done, all) -> {
            bar.maxHint(all);
            bar.stepTo(done);
          });
    }
  }

  private static void print(Evaluation found, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%s over %,d tokens (%,d bytes, %,d characters)%s%n",
        found.exact() ? "exact loss" : "bound (at most)",
        found.tokens(),
        found.bytes(),
        found.characters(),
        found.exact() ? "" : ", " + found.masks() + " masks a chunk");
    out.printf(Locale.ROOT, "%10.4f nats per token%n", found.natsPerToken());
    out.printf(Locale.ROOT, "%10.4f bits per byte%n", found.bitsPerByte());
    out.printf(Locale.ROOT, "%10.4f bits per character%n", found.bitsPerCharacter());
    out.printf(Locale.ROOT, "%10.2f perplexity per token%n", found.perplexity());
    for (var bucket : found.byMaskRatio()) {
      if (bucket.masked() > 0) {
        out.printf(
            Locale.ROOT,
            "masked %3.0f-%3.0f %%  %8.4f nats per masked token%n",
            100 * bucket.from(),
            100 * bucket.to(),
            bucket.nats());
      }
    }
  }

  private Map<String, Object> values(Evaluation found) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("model", model.toString());
    values.put("data", data.toString());
    values.put("exact", found.exact());
    values.put("tokens", found.tokens());
    values.put("bytes", found.bytes());
    values.put("characters", found.characters());
    values.put("nats_per_token", found.natsPerToken());
    values.put("bits_per_byte", found.bitsPerByte());
    values.put("bits_per_character", found.bitsPerCharacter());
    values.put("perplexity", found.perplexity());
    if (!found.exact()) {
      values.put("masks", found.masks());
      values.put("seed", seed);
      List<Map<String, Object>> buckets = new ArrayList<>();
      for (var bucket : found.byMaskRatio()) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("from", bucket.from());
        one.put("to", bucket.to());
        one.put("masked", bucket.masked());
        one.put("nats", bucket.masked() == 0 ? null : bucket.nats());
        buckets.add(one);
      }
      values.put("by_mask_ratio", buckets);
    }
    return values;
  }
}
