package io.redraft.load.samples;

import io.redraft.load.measure.Report;
import io.redraft.load.measure.Table;
import io.redraft.load.serve.LoadClient;
import io.redraft.load.serve.ServedModel;
import io.redraft.load.serve.Text;
import io.redraft.model.InvalidInputException;
import io.redraft.model.evaluate.TextMetrics;
import io.redraft.model.evaluate.WordList;
import io.redraft.proto.v1.Decoding;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.Segment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code redraft bench samples}: texts of consecutive seeds, measured without being picked. */
@Command(
    name = "samples",
    header = "What words a model's texts have, and how much they repeat.",
    description = {
      "Has a text written for each of N seeds and measures all of them.",
      "A word is a longest run of letters with single apostrophes and hyphens inside; a run with a digit is none. "
          + "The dictionary knows a word if it has it as it is, in lower case, or (all in capitals) with one "
          + "capital; if it knows it without 's, n't, 'll, 've, 're or 'd at its end; or if it knows each part "
          + "between hyphens. Of single letters only a, A, I and O are known. Nothing is guessed: an inflected form "
          + "must stand in the dictionary. Names count as words; the second share leaves out unknown words with a "
          + "capital that are not the first of a sentence or quotation.",
      "distinct-n: different n-grams of words over all n-grams, of all texts together, case ignored. Token entropy: "
          + "of a text's own tokens, in nats, mean over texts. Repeated 4-grams: share of a text's runs of four "
          + "tokens that it had before, mean over texts."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft bench samples --samples 200",
      "  redraft bench samples --samples 5 --print --temperature 0.7 --prompt 'Once upon a time'"
    })
public final class SamplesCommand implements Callable<Integer> {
  private static final int AT_A_TIME = 16;
  private static final int UNKNOWN_SHOWN = 20;

  @Spec private CommandSpec spec;
  @Mixin private ServedModel model;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "100",
      description = "Texts to write. Default: ${DEFAULT-VALUE}.")
  private int samples;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "The first seed; the others follow it. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--dictionary",
      paramLabel = "FILE",
      defaultValue = "/usr/share/dict/words",
      description =
          "Words, one a line; Debian's package wamerican has the default: ${DEFAULT-VALUE}.")
  private Path dictionary;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "What every text begins with; its words count too. Default: none.")
  private String prompt;

  @Option(
      names = "--length",
      paramLabel = "N",
      defaultValue = "0",
      description = "Tokens to write. Default: 0, as many as the model holds.")
  private int length;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Denoising steps. Default: one a token.")
  private Optional<Integer> steps;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "1",
      description = "Of drawing tokens. Default: ${DEFAULT-VALUE}.")
  private double temperature;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "1",
      description = "Keep the smallest set of tokens with this probability. Default: 1.")
  private double topP;

  @Option(names = "--print", description = "Print every text after its seed.")
  private boolean print;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the numbers there too, with every text and its seed.")
  private Optional<Path> json;

  /** Made by the command line. */
  public SamplesCommand() {}

  /** A text that was written. */
  private record Sample(long seed, String text) {}

  @Override
  public Integer call() throws Exception {
    if (samples < 1) {
      throw InvalidInputException.of("samples", samples, "1 or more");
    }
    if (length < 0) {
      throw InvalidInputException.of("length", length, "0 or more");
    }
    if (steps.isPresent() && steps.get() < 1) {
      throw InvalidInputException.of("steps", steps.get(), "1 or more");
    }
    var words = WordList.read(dictionary);
    try (var server = model.start()) {
      var report = new Report("samples", spec.commandLine().getOut());
      var texts = write(new LoadClient(server.loopback()));
      report(report, server.model().name(), texts, words);
      report.write(json);
    }
    return 0;
  }

  private List<Text> write(LoadClient client) {
    List<Text> texts = new ArrayList<>();
    var err = spec.commandLine().getErr();
    for (int from = 0; from < samples; from += AT_A_TIME) {
      int to = Math.min(samples, from + AT_A_TIME);
      texts.addAll(
          client.together(
              LongStream.range(seed + from, seed + to).mapToObj(this::request).toList()));
      err.println(to + " of " + samples + " texts");
      err.flush();
    }
    return texts;
  }

  private GenerateRequest request(long withSeed) {
    var decoding = Decoding.newBuilder().setTemperature(temperature).setTopP(topP);
    steps.ifPresent(decoding::setSteps);
    return GenerateRequest.newBuilder()
        .addSegments(Segment.newBuilder().setText(prompt))
        .addSegments(Segment.newBuilder().setMask(length))
        .setDecoding(decoding)
        .setSeed(withSeed)
        .setOmitDrafts(true)
        .build();
  }

  private void report(Report report, String name, List<Text> texts, WordList words) {
    List<Sample> written = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      written.add(new Sample(seed + i, texts.get(i).text()));
      if (print) {
        report.line("\n[seed %d] %s".formatted(seed + i, texts.get(i).text()));
      }
    }
    var metrics =
        TextMetrics.of(
            texts.stream().map(t -> new TextMetrics.Text(t.text(), t.tokens())).toList(), words);
    var table =
        new Table("of " + texts.size() + " texts", name)
            .row("words", String.valueOf(metrics.words()))
            .row("words in the dictionary", percent(metrics.knownShare()))
            .row("the same, unknown names left out", percent(metrics.knownShareWithoutNames()))
            .row("distinct-1", number(metrics.distinct1()))
            .row("distinct-2", number(metrics.distinct2()))
            .row("distinct-3", number(metrics.distinct3()))
            .row("token entropy, nats", number(metrics.tokenEntropy()))
            .row("repeated 4-grams", percent(metrics.repetition4()));
    String caption =
        "Seeds %d to %d, temperature %s, top-p %s, dictionary %s (%d entries)"
            .formatted(seed, seed + samples - 1, temperature, topP, dictionary, words.size());
    report
        .put("settings", caption)
        .put("metrics", metrics)
        .put("texts", written)
        .table(caption, table)
        .line("Most frequent unknown words: " + unknown(metrics));
  }

  private static String unknown(TextMetrics metrics) {
    return metrics.unknownWords().entrySet().stream()
        .limit(UNKNOWN_SHOWN)
        .map(entry -> entry.getKey() + " " + entry.getValue())
        .collect(Collectors.joining(", "));
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }
}
