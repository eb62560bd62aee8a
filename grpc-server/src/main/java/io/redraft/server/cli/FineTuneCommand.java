package io.redraft.server.cli;

import io.redraft.model.Choice;
import io.redraft.model.train.config.FineTuning;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code redraft finetune}: trains on from a model for one of three uses. */
@Command(
    name = "finetune",
    description = {
      "Trains on from a model: to write from left to right (clm), to understand (mlm), or to write"
          + " by denoising (diffusion).",
      "The model gives its shape and its tokenizer, the mode gives attention and objective;"
          + " CONFIG.yaml says the rest, as for train, and is refused where it says otherwise."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft finetune --mode clm --model models/fused run.yaml",
      "  redraft finetune --mode diffusion --model models/fused run.yaml --set training.steps=2000"
    })
final class FineTuneCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--mode",
      required = true,
      paramLabel = "MODE",
      description = "What for: clm, mlm or diffusion.")
  private String mode;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR",
      description = "The model to go on from.")
  private Path model;

  @Mixin private RunArguments run;

  @Mixin private SteeringPort port;

  @Override
  public Integer call() throws Exception {
    var use = Choice.of("--mode", mode, FineTuning.values());
    var settings = use.load(model, run.config(), run.overrides());
    return new LocalRun(spec, settings, run.resume(), port).train();
  }
}
