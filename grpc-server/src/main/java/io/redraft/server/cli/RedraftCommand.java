package io.redraft.server.cli;

import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code redraft}: the root of the command line. A new command is one more entry here. */
@Command(
    name = "redraft",
    description = "Writes text by denoising it, and shows it being refined.",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Version.class,
    subcommands = {
      GenerateCommand.class,
      ServeCommand.class,
      ModelCommand.class,
      TrainCommand.class,
      RunsCommand.class,
      PlanCommand.class,
      FuseCommand.class,
      FineTuneCommand.class,
      EvaluateCommand.class,
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft generate --watch \"Once upon a time\"",
      "  redraft serve --grpc-port 50051",
      "Exit codes: 0 done, 2 wrong usage or input, 1 failure."
    })
final class RedraftCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show logs, and a stack trace on failure. Also: REDRAFT_DEBUG=1.")
  private boolean debug; // read by Main before parsing, so that it holds for wrong usage too

  @Override
  public Integer call() {
    String known = spec.subcommands().keySet().stream().sorted().collect(Collectors.joining(", "));
    throw new ParameterException(spec.commandLine(), "no command given; allowed: " + known);
  }
}
