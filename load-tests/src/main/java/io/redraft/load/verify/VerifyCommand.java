package io.redraft.load.verify;

import io.redraft.load.measure.JsonFile;
import io.redraft.load.measure.JudgeModel;
import io.redraft.load.measure.Openings;
import io.redraft.load.measure.Report;
import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.decode.Sampling;
import io.redraft.model.decode.Verification;
import io.redraft.model.evaluate.ModelUnderTest;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.ModelScorer;
import io.redraft.server.cli.ModelOption;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code redraft bench verify}: what a verifier gives and costs. */
@Command(
    name = "verify",
    sortOptions = false,
    header = "Lossless and repaired texts, beside the causal model's and the drafts.",
    description = {
      "lossless: writes every text with the causal model alone and with drafts, and fails if one differs in",
      "float32. repair: has drafts and repaired texts judged by the verifier and by other causal models."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft bench verify --texts 1000 --length 64 --modes lossless",
      "  redraft bench verify --texts 200 --modes repair --judge my-other-causal-model"
    })
public final class VerifyCommand implements Callable<Integer> {
  private static final int EVERY = 10;

  /** What is measured. */
  enum Mode {
    lossless,
    repair
  }

  @Spec private CommandSpec spec;
  @Mixin private ModelOption model;

  @Option(
      names = "--verifier",
      paramLabel = "DIR",
      description = "Causal model. Default: the one that ships beside the model that ships.")
  private Optional<Path> verifier;

  @Option(
      names = "--modes",
      paramLabel = "NAME,…",
      split = ",",
      defaultValue = "lossless,repair",
      description = "${COMPLETION-CANDIDATES}. Default: both.")
  private List<Mode> modes;

  @Option(
      names = "--texts",
      paramLabel = "N",
      defaultValue = "20",
      description = "Texts to write; seeds 1, 2, 3, … Default: ${DEFAULT-VALUE}.")
  private int texts;

  @Option(
      names = "--prompts",
      paramLabel = "FILE",
      description =
          "Beginnings of texts, one a line, used in turn. Default: built-in openings of stories.")
  private Optional<Path> prompts;

  @Option(
      names = "--length",
      paramLabel = "N",
      defaultValue = "0",
      description = "Tokens to write. Default: 0, as many as the model holds.")
  private int length;

  @Option(
      names = "--temperatures",
      paramLabel = "T,…",
      split = ",",
      defaultValue = "0,0.8",
      description = "lossless: of drawing tokens. Default: ${DEFAULT-VALUE}.")
  private List<Double> temperatures;

  @Option(
      names = "--block",
      paramLabel = "N,…",
      split = ",",
      defaultValue = "4,8",
      description = "lossless: tokens a draft. Default: ${DEFAULT-VALUE}.")
  private List<Integer> blocks;

  @Option(
      names = "--repair-confidence",
      paramLabel = "P",
      defaultValue = "0.7",
      description = "As of generate. Default: ${DEFAULT-VALUE}.")
  private double confidence;

  @Option(
      names = "--repair-margin",
      paramLabel = "N",
      defaultValue = "1",
      description = "As of generate. Default: ${DEFAULT-VALUE}.")
  private double margin;

  @Option(
      names = "--repair-rounds",
      paramLabel = "N",
      defaultValue = "1",
      description = "As of generate. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "repair: of drawing the drafts' tokens. Default: the model's.")
  private Optional<Double> temperature;

  @Option(
      names = "--judge",
      paramLabel = "DIR",
      description = "repair: another causal model to judge by, with any tokens. May be repeated.")
  private List<Path> judges = List.of();

  @Option(
      names = "--device",
      paramLabel = "NAME",
      defaultValue = "cpu",
      description = "cpu, gpu0, … Default: ${DEFAULT-VALUE}.")
  private String device;

  @Option(
      names = "--compute",
      paramLabel = "TYPE",
      defaultValue = "float32",
      description = "float32, bfloat16 or auto. Default: ${DEFAULT-VALUE}.")
  private String compute;

  @Mixin private JsonFile json;

  /** Made by the command line. */
  public VerifyCommand() {}

  @Override
  public Integer call() throws Exception {
    check();
    Path verifying =
        verifier
            .or(model::shippedVerifier)
            .orElseThrow(
                () -> InvalidInputException.of("verifier", "not given", "a causal model's folder"));
    var others = judges.stream().map(JudgeModel::folder).toList();
    Device on = Device.parse(device);
    ComputeType type = ComputeType.of(compute, on);
    var report = new Report("verify", spec.commandLine().getOut());
    boolean equal = true;
    try (Pair pair = new Pair(model.folder(), verifying, on, type)) {
      report.line(
          "%s verified by %s, %s"
              .formatted(pair.model().path(), pair.verifierFolder().path(), type));
      var beginnings = beginnings(pair);
      if (modes.contains(Mode.lossless)) {
        equal = lossless(pair, beginnings, report) || type != ComputeType.FLOAT32;
      }
      if (modes.contains(Mode.repair)) {
        repair(pair, beginnings, others, report);
      }
    }
    report.write(json.file());
    if (!equal) {
      throw new IllegalStateException("a lossless text is not the causal model's own");
    }
    return 0;
  }

  /** As many as are wanted, from the first opening again when they are used up. */
  private List<int[]> beginnings(Pair pair) {
    var openings = Openings.of(prompts);
    return IntStream.range(0, texts)
        .mapToObj(i -> pair.model().tokenizer().encode(openings.get(i % openings.size())))
        .toList();
  }

  private void check() {
    if (texts < 1) {
      throw InvalidInputException.of("texts", texts, "1 or more");
    }
    if (length < 0) {
      throw InvalidInputException.of("length", length, "0 or more");
    }
    for (int block : blocks) {
      if (block < 1) {
        throw InvalidInputException.of("block", block, "1 or more");
      }
    }
  }

  /** Whether all texts are the causal model's own. */
  private boolean lossless(Pair pair, List<int[]> beginnings, Report report) {
    var runs = new LosslessRuns(pair, beginnings, length);
    var found = new ArrayList<LosslessRuns.Found>();
    for (double t : temperatures) {
      var sampling = new Sampling(t, 0, 1);
      found.addAll(runs.measure(sampling, blocks, said("lossless at temperature " + t)));
    }
    report.put("lossless", found).table("Lossless texts", LosslessRuns.table(found));
    return found.stream().allMatch(f -> f.unequal() == 0);
  }

  private void repair(Pair pair, List<int[]> beginnings, List<ModelFolder> others, Report report) {
    var wishes = pair.model().decoding();
    var sampling = wishes.sampling();
    var options =
        wishes
            .withSampling(
                new Sampling(
                    temperature.orElse(sampling.temperature()), sampling.topK(), sampling.topP()))
            .withVerification(
                new Verification(Verification.Mode.REPAIR, confidence, margin, rounds));
    var runs = new RepairRuns(pair, beginnings, length);
    var scorers = new ArrayList<ModelScorer>();
    try {
      var judging = new ArrayList<ModelUnderTest>();
      judging.add(judge(pair.verifierFolder(), pair.kernels(), scorers));
      for (ModelFolder other : others) {
        judging.add(judge(other, pair.kernels(), scorers));
      }
      var found = runs.measure(options, judging, said("repair"));
      report
          .put("repair", found)
          .put("texts", runs.texts())
          .table("Repaired texts, judged", RepairRuns.table(found))
          .line(RepairRuns.line(found));
    } finally {
      scorers.forEach(ModelScorer::close);
    }
  }

  private static ModelUnderTest judge(
      ModelFolder folder, Kernels kernels, List<ModelScorer> scorers) {
    var scorer = new ModelScorer(folder, kernels);
    scorers.add(scorer);
    return JudgeModel.of(folder, scorer);
  }

  private IntConsumer said(String what) {
    PrintWriter err = spec.commandLine().getErr();
    return done -> {
      if (done % EVERY == 0 || done == texts) {
        err.println("%s: %d of %d texts".formatted(what, done, texts));
        err.flush();
      }
    };
  }
}
