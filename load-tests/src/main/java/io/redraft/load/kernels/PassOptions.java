package io.redraft.load.kernels;

import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options of passes of a network whose sizes are given. */
final class PassOptions {
  @Option(
      names = "--canvases",
      required = true,
      split = ",",
      paramLabel = "BxT",
      description =
          "Canvases in a pass and tokens of each, such as 1x512,4x512; --shape is then "
              + "LAYERSxWIDTHxHEADSxFEEDFORWARDxVOCABULARY, with random weights made on the device.")
  List<String> canvases;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "32",
      description = "Rows of each canvas that are asked about. Default: ${DEFAULT-VALUE}.")
  int rows;

  @Option(
      names = "--block",
      paramLabel = "N",
      description =
          "Measure passes with block caches, too: over whole canvases that keep keys and values, and "
              + "over N tokens of each that take them.")
  Optional<Integer> block = Optional.empty();

  @Option(
      names = "--device",
      defaultValue = "auto",
      description = "auto, cpu, gpu0, … Default: ${DEFAULT-VALUE}.")
  String device;

  @Option(
      names = "--compute",
      defaultValue = "auto",
      description = "auto, float32, bfloat16. Default: ${DEFAULT-VALUE}.")
  String compute;

  @Option(
      names = "--cuda-graphs",
      defaultValue = "true",
      arity = "1",
      description = "Whether a GPU records passes and replays them. Default: ${DEFAULT-VALUE}.")
  boolean graphs;
}
