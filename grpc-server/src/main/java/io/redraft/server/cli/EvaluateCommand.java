package io.redraft.server.cli;

import io.redraft.model.InvalidInputException;
import io.redraft.model.evaluate.Metric;
import io.redraft.model.evaluate.suite.EvaluationSuite;
import io.redraft.model.evaluate.suite.SuiteResult;
import io.redraft.model.evaluate.suite.SuiteSettings;
import io.redraft.model.tensor.Device;
import io.redraft.model.text.DocumentFormat;
import io.redraft.server.evaluation.EvaluationJson;
import io.redraft.server.evaluation.EvaluationPage;
import io.redraft.server.evaluation.EvaluationTable;
import io.redraft.server.evaluation.SamplesJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code redraft evaluate}: how good a model is, on a text, beside others and beside guessing. */
@Command(
    name = "evaluate",
    description = {
      "Measures how good a model is, on a text.",
      "bound: how well it predicts the text; a denoiser's numbers are an upper bound at fixed masks,"
          + " a causal model's are exact. samples: variety and repetition of texts that it writes."
          + " generative-perplexity: what a causal --judge thinks of those texts, with their entropy."
          + " infilling: whether it finds hidden tokens. controllability: whether it keeps pinned"
          + " words and uses them. scripts: words that mix scripts or leave the prompt's."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft evaluate --model models/llama-stories --data stories.txt",
      "  redraft evaluate --model DIR --data test.jsonl --format jsonl --masks 8 --json",
      "  redraft evaluate --model DIR --compare CAUSAL_DIR --judge CAUSAL_DIR --data test.txt"
          + " --metrics all --html report.html"
    })
final class EvaluateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--model", required = true, paramLabel = "DIR", description = "Model folder.")
  private Path model;

  @Option(
      names = "--compare",
      paramLabel = "DIR",
      description = "Another model, measured on the same text. Can be given several times.")
  private List<Path> compare = List.of();

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
      names = "--metrics",
      paramLabel = "NAMES",
      split = ",",
      defaultValue = "bound",
      description =
          "bound, samples, generative-perplexity, infilling, controllability, scripts, or all"
              + " (generative-perplexity only with --judge), with commas between (default"
              + " ${DEFAULT-VALUE}).")
  private List<String> metrics;

  @Option(
      names = "--judge",
      paramLabel = "DIR",
      description = "Causal model that judges samples, for generative-perplexity.")
  private Path judge;

  @Mixin private EvaluationOptions options;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      defaultValue = "cpu",
      description = "cpu, gpu0, gpu1, … (default ${DEFAULT-VALUE}).")
  private String device;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Write a page with tables, a chart and the texts.")
  private Path html;

  @Option(
      names = "--samples-json",
      paramLabel = "FILE",
      description = "Write all texts that were written, as JSON.")
  private Path samplesJson;

  @Override
  public Integer call() throws IOException {
    var settings = settings();
    var on = Device.parse(device);
    requireFile("html", html);
    requireFile("samples_json", samplesJson);
    var result = evaluate(EvaluationSuite.open(settings), on);
    if (html != null) {
      EvaluationPage.of(result).write(html);
    }
    if (samplesJson != null) {
      SamplesJson.write(result, samplesJson);
    }
    var out = spec.commandLine().getOut();
    if (json) {
      out.println(EvaluationJson.of(result));
    } else {
      EvaluationTable.print(result, out);
    }
    return 0;
  }

  private SuiteSettings settings() {
    List<Path> models = new ArrayList<>(List.of(model));
    models.addAll(compare);
    return new SuiteSettings(
        models,
        Optional.ofNullable(judge),
        data,
        DocumentFormat.named(format),
        documents,
        Metric.of(metrics, judge != null),
        options.masks,
        options.pieces,
        options.span,
        options.keywords,
        options.generation(),
        options.dictionary());
  }

  /** Refuses, before the work, what could not be written after it. */
  private static void requireFile(String option, Path file) {
    if (file == null) {
      return;
    }
    Path folder = file.toAbsolutePath().getParent();
    while (folder != null && !Files.exists(folder)) {
      folder = folder.getParent();
    }
    if (Files.isDirectory(file) || folder == null || !Files.isDirectory(folder)) {
      throw InvalidInputException.of(option, file, "a file that can be written");
    }
    if (!Files.isWritable(folder)) {
      throw InvalidInputException.of(option, file, "a file in a folder that can be written to");
    }
  }

  private static SuiteResult evaluate(EvaluationSuite suite, Device device) {
    if (System.console() == null) {
      return suite.run(device, (work, done, all) -> {});
    }
    try (ProgressBar bar =
        new ProgressBarBuilder()
            .setTaskName("evaluate")
            .setStyle(ProgressBarStyle.ASCII)
            .setConsumer(new ConsoleProgressBarConsumer(System.err))
            .build()) {
      return suite.run(
          device,
          (work, done, all) -> {
            bar.setExtraMessage(work);
            bar.maxHint(all);
            bar.stepTo(done);
          });
    }
  }
}
