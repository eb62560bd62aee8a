package io.redraft.server.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code redraft train}: trains a model as a settings file says, and shows how it goes. */
@Command(
    name = "train",
    description = {
      "Trains a model as CONFIG.yaml says.",
      "The run's folder gets the settings, metrics.jsonl, tensorboard/, checkpoints and, at the"
          + " end, model/ and report.html.",
      "Ctrl-C writes a checkpoint and ends; --resume goes on from it with the same losses.",
      "docs/training.md tells what the settings do."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft train examples/train-smoke.yaml",
      "  redraft train examples/shakespeare-small.yaml",
      "  redraft train run.yaml --set training.steps=20000 --set run.device=gpu0",
      "  redraft train run.yaml --resume",
      "  redraft train run.yaml --grpc-port 50052"
    })
final class TrainCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private RunArguments run;

  @Mixin private SteeringPort port;

  @Override
  public Integer call() throws Exception {
    return new LocalRun(spec, run.settings(), run.resume(), port).train();
  }
}
