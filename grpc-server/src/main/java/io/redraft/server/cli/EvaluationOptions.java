package io.redraft.server.cli;

import io.redraft.model.evaluate.GenerationSettings;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** How texts are written for an evaluation, and what is taken from the evaluated one. */
final class EvaluationOptions {
  @Option(
      names = "--masks",
      paramLabel = "K",
      defaultValue = "32",
      description = "Masks a chunk of text, for bounds (default ${DEFAULT-VALUE}).")
  int masks;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "16",
      description =
          "Texts to write for samples, controllability and scripts, each (default"
              + " ${DEFAULT-VALUE}).")
  private int samples;

  @Option(
      names = "--length",
      paramLabel = "N",
      defaultValue = "0",
      description = "Tokens of a text or piece; 0: as many as the model holds (default).")
  private int length;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Denoising steps of a text (default: one a mask).")
  private Integer steps;

  @Option(
      names = "--block",
      paramLabel = "N",
      defaultValue = "0",
      description = "Masks a block, left to right; 0: one block over everything (default).")
  private int block;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "1",
      description = "Of drawing tokens; 0 takes the most probable (default ${DEFAULT-VALUE}).")
  private double temperature;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "1",
      description =
          "Keep the smallest set of tokens with this probability (default ${DEFAULT-VALUE}).")
  private double topP;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "0",
      description = "Fixes masks and texts (default ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--pieces",
      paramLabel = "N",
      defaultValue = "32",
      description =
          "Pieces of the text for infilling and controllability (default ${DEFAULT-VALUE}).")
  int pieces;

  @Option(
      names = "--span",
      paramLabel = "N",
      defaultValue = "8",
      description = "Tokens of a gap, for infilling (default ${DEFAULT-VALUE}).")
  int span;

  @Option(
      names = "--keywords",
      paramLabel = "N",
      defaultValue = "3",
      description = "Words pinned in a text, for controllability (default ${DEFAULT-VALUE}).")
  int keywords;

  @Option(
      names = "--dictionary",
      paramLabel = "FILE",
      description = "Words, one a line: samples also tells which share of words exists.")
  private Path dictionary;

  /**
   * How texts are written.
   *
   * @throws io.redraft.model.InvalidInputException naming the option whose value is not allowed
   */
  GenerationSettings generation() {
    return new GenerationSettings(
        samples,
        length,
        steps == null ? OptionalInt.empty() : OptionalInt.of(steps),
        block,
        temperature,
        topP,
        seed);
  }

  Optional<Path> dictionary() {
    return Optional.ofNullable(dictionary);
  }
}
