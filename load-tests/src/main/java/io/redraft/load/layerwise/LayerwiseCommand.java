package io.redraft.load.layerwise;

import io.redraft.load.measure.JsonFile;
import io.redraft.load.measure.Report;
import io.redraft.model.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code redraft bench layerwise}: curricula beside each other, trained and judged. */
@Command(
    name = "layerwise",
    description = {
      "Trains every run, one after the other, each in a process of its own, and compares what they took and gave.",
      "staged: the most of any stage that is no joint phase; whole: of the network trained as a whole. measured: the "
          + "device's memory after a stage's last step; on a CPU the process's peak, Java heap included. nats: the "
          + "bound a token on the validation text, before a last joint phase and of the finished model, and what it "
          + "is of that of the first run without a curriculum. docs/benchmarks.md tells more."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft bench layerwise examples/shakespeare-layerwise/*.yaml --json layerwise.json",
      "  redraft bench layerwise a.yaml b.yaml --device gpu0 --set run.seed=2 --keep models/compared"
    })
public final class LayerwiseCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "CONFIG.yaml", arity = "1..*", description = "Settings of the runs.")
  private List<Path> configs;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "auto, cpu, gpu0, … for all runs; else as their files say.")
  private Optional<String> device;

  @Option(
      names = "--set",
      paramLabel = "key=value",
      description = "Set one value in all files, as training.batch=64; may be repeated.")
  private List<String> overrides = List.of();

  @Option(
      names = "--keep",
      paramLabel = "DIR",
      description = "Keep every run's models, as DIR/RUN/model and DIR/RUN/before-joint.")
  private Optional<Path> keep;

  @Option(
      names = "--folder",
      paramLabel = "DIR",
      description =
          "Where runs lie while they train, and are removed. Default: the system's for temporary files.")
  private Path folder = Path.of(System.getProperty("java.io.tmpdir"));

  @Mixin private JsonFile json;

  /** Made by the command line. */
  public LayerwiseCommand() {}

  @Override
  public Integer call() throws Exception {
    var names = names();
    for (var config : configs) {
      new RunRequest(config.toString(), settings(), folder.toString()).settings(); // or is refused
    }
    refuseKept(names);
    var report = new Report("layerwise", spec.commandLine().getOut());
    Map<String, RunResult> runs = new LinkedHashMap<>();
    for (var i = 0; i < configs.size(); i++) {
      runs.put(names.get(i), train(configs.get(i), names.get(i)));
      var table = new RunTable(runs);
      report.put("runs", runs).put("bound beside the whole's", table.beside()).write(json.file());
    }
    report.table("Runs, in bytes and nats a token", new RunTable(runs).table());
    return 0;
  }

  private List<String> settings() {
    List<String> all = new ArrayList<>(overrides);
    device.ifPresent(name -> all.add("run.device=" + name));
    return all;
  }

  /** Names of the files; those that come again are numbered. */
  private List<String> names() {
    List<String> names = new ArrayList<>();
    for (var config : configs) {
      var name = config.getFileName().toString().replaceFirst("\\.ya?ml$", "");
      var free = name;
      for (var number = 2; names.contains(free); number++) {
        free = name + "-" + number;
      }
      names.add(free);
    }
    return names;
  }

  private void refuseKept(List<String> names) {
    for (var name : names) {
      if (keep.isPresent() && Files.exists(keep.get().resolve(name))) {
        throw InvalidInputException.of(
            "--keep", keep.get(), "a folder without %s, which is there already".formatted(name));
      }
    }
  }

  private RunResult train(Path config, String name) throws IOException, InterruptedException {
    try (var scratch = ScratchFolder.in(folder)) {
      var run = scratch.path().resolve("run");
      var err = spec.commandLine().getErr();
      var result =
          RunProcess.train(
              new RunRequest(config.toString(), settings(), run.toString()),
              line -> {
                err.println(name + ": " + line);
                err.flush();
              });
      if (keep.isPresent()) {
        for (var model : List.of(TrainedRun.MODEL, TrainedRun.BEFORE_JOINT)) {
          copy(run.resolve(model), keep.get().resolve(name).resolve(model));
        }
      }
      return result;
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    if (!Files.exists(from)) {
      return;
    }
    Files.createDirectories(to);
    try (var files = Files.list(from)) {
      for (var file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }
}
