package io.redraft.server.cli;

import io.redraft.model.Choice;
import io.redraft.model.train.config.FineTuning;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
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

  @Parameters(paramLabel = "CONFIG.yaml", description = "Settings of the run.")
  private Path config;

  @Option(
      names = "--set",
      paramLabel = "key=value",
      description = "Set one value, as optimizer.learning_rate=3e-4; may be repeated.")
  private List<String> overrides = List.of();

  @Option(names = "--resume", description = "Go on from the newest checkpoint, if there is one.")
  private boolean resume;

  @Mixin private SteeringPort port;

  @Override
  public Integer call() throws Exception {
    var use = Choice.of("--mode", mode, FineTuning.values());
    return new LocalRun(spec, use.load(model, config, overrides), resume, port).train();
  }
}
