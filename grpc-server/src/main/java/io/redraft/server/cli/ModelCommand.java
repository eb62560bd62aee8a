package io.redraft.server.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code redraft model}: looks at models and brings them in. */
@Command(
    name = "model",
    description = "Describes, checks and imports models.",
    subcommands = {
      ModelDescribeCommand.class,
      ModelCheckCommand.class,
      ModelImportCommand.class,
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft model describe DIR",
      "  redraft model check DIR",
      "  redraft model import --from llama2c --tokenizer tok512.bin stories260K.bin DIR",
    })
final class ModelCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "no command given; allowed: check, describe, import");
  }
}
