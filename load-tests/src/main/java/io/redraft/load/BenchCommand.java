package io.redraft.load;

import io.redraft.load.cache.CacheCommand;
import io.redraft.load.kernels.KernelsCommand;
import io.redraft.load.layerwise.LayerwiseCommand;
import io.redraft.load.layerwise.StageCommand;
import io.redraft.load.samples.SamplesCommand;
import io.redraft.load.serve.ServeCommand;
import io.redraft.load.soak.SoakCommand;
import io.redraft.load.startup.StartupCommand;
import io.redraft.load.train.TrainCommand;
import io.redraft.load.verify.VerifyCommand;
import io.redraft.server.cli.AddedCommand;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code redraft bench}: one subcommand for each thing that is measured. */
@Command(
    name = "bench",
    description = "Measures speed and quality on this machine.",
    subcommands = {
      ServeCommand.class,
      KernelsCommand.class,
      TrainCommand.class,
      CacheCommand.class,
      LayerwiseCommand.class,
      StageCommand.class,
      StartupCommand.class,
      SamplesCommand.class,
      VerifyCommand.class,
      SoakCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft bench serve --json serve.json",
      "  redraft bench kernels",
      "  redraft bench train",
      "  redraft bench cache",
      "  redraft bench layerwise examples/shakespeare-layerwise/*.yaml",
      "  redraft bench stage examples/layerwise-append.yaml --stage 2",
      "  redraft bench startup --runs 10",
      "  redraft bench soak --requests 10000"
    })
public final class BenchCommand implements AddedCommand {
  @Spec private CommandSpec spec;

  /** Made by the command line. */
  public BenchCommand() {}

  @Override
  public Integer call() {
    String known = spec.subcommands().keySet().stream().sorted().collect(Collectors.joining(", "));
    throw new ParameterException(spec.commandLine(), "nothing to measure given; allowed: " + known);
  }
}
