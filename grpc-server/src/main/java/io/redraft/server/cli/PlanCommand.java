package io.redraft.server.cli;

import io.redraft.model.ByteCount;
import io.redraft.model.InvalidInputException;
import io.redraft.model.train.plan.DeviceProbe;
import io.redraft.model.train.plan.PlanJson;
import io.redraft.model.train.plan.PlannedText;
import io.redraft.model.train.plan.RunPlan;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code redraft plan}: the stages of a layer-wise run and what each will need. */
@Command(
    name = "plan",
    description = {
      "Shows the stages that a run with a curriculum has, and what each will need.",
      "Nothing is trained and no weight is held: networks of any size can be planned anywhere.",
      "Exits with 2 where a stage does not fit the device's memory.",
      "docs/layerwise.md tells what the settings do."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft plan examples/depth-as-time.yaml",
      "  redraft plan examples/layerwise-70b.yaml --memory 141GB --flops 700e12",
      "  redraft plan run.yaml --set curriculum.block=2 --json"
    })
final class PlanCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private SettingsArguments run;

  @Option(
      names = "--memory",
      paramLabel = "BYTES",
      description = "Memory of the device, as 141GB or 80 GiB; else that of run.device.")
  private String memory;

  @Option(
      names = "--flops",
      paramLabel = "NUMBER",
      description = "Peak operations a second, as 700e12; else measured on run.device.")
  private Double flops;

  @Option(
      names = "--tokens",
      paramLabel = "NUMBER",
      description = "Tokens of the training text; else counted where a cache depends on them.")
  private Long tokens;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    var settings = run.settings();
    if (flops != null && !(flops > 0 && Double.isFinite(flops))) {
      throw InvalidInputException.of("--flops", flops, "more than 0");
    }
    if (tokens != null && tokens < 1) {
      throw InvalidInputException.of("--tokens", tokens, "1 or more");
    }
    if (settings.curriculum().none()) {
      throw InvalidInputException.of(
          "curriculum.direction", "none", "left-to-right, right-to-left, noise-bands, for stages");
    }
    var text = PlannedText.of(settings, tokens == null ? 0 : tokens);
    var network = text.network(settings);
    var device =
        DeviceProbe.of(
            settings,
            network,
            memory == null ? 0 : bytes("--memory", memory),
            flops == null ? 0 : flops);
    var plan = RunPlan.of(settings, network, device, text.tokens(), text.heldOut());
    var out = spec.commandLine().getOut();
    if (json) {
      out.println(PlanJson.of(plan, plan.endToEnd(settings)));
    } else {
      PlanTable.print(plan, plan.endToEnd(settings), out);
    }
    plan.refuseBeyondMemory();
    return 0;
  }

  private static long bytes(String option, String text) {
    var bytes = ByteCount.parse(option, text);
    if (bytes == 0) {
      throw InvalidInputException.of(option, text, "more than 0");
    }
    return bytes;
  }
}
