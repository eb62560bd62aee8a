package io.redraft.load.serve;

import io.redraft.load.measure.Openings;
import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.server.cli.ModelOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** Options of stories that ways of decoding, or models, write side by side. */
final class FrontierOptions {
  private static final int OTHER_BLOCK = 32;
  private static final int USUAL_TEXTS = 16;

  @Option(
      names = "--ways",
      paramLabel = "WAY,WAY…",
      split = ",",
      description = {
        "frontier: ways of decoding, as threshold=0.9/32/dual: policy (confidence, threshold, factor, entropy)",
        "with its number (confidence: tokens a step), masks a block, cache. One token a step by confidence",
        "without a cache is always among them, in the model's own block and in blocks of "
            + OTHER_BLOCK
            + ".",
        "A fourth part is block-causal, a last one window=N. Default: factor and threshold with block-causal",
        "caches where the model has learned them, otherwise thresholds 0.5 to 0.9, factor and entropy."
      })
  private List<String> ways = List.of();

  @Option(
      names = "--texts",
      paramLabel = "N",
      description = {
        "frontier: texts a way (default "
            + USUAL_TEXTS
            + "); equality: requests (default "
            + Equality.USUAL_REQUESTS
            + ")."
      })
  private Optional<Integer> texts;

  @Option(
      names = "--prompts",
      paramLabel = "FILE",
      description = "What texts begin with, one a line. Default: 48 openings of stories.")
  private Optional<Path> prompts;

  @Option(
      names = "--length",
      paramLabel = "N",
      defaultValue = "0",
      description = "Tokens of a story with its opening. Default: 0, the model's context.")
  private int length;

  @Option(
      names = "--judge",
      paramLabel = "DIR",
      description = {
        "frontier: folder of the causal model that tells generative perplexity. Default: the causal model",
        "that ships with Redraft."
      })
  private Optional<Path> judge;

  /** Made by the command line. */
  FrontierOptions() {}

  /** Reads all that can be wrong before anything is loaded. */
  void check() {
    ways();
    if (length < 0) {
      throw InvalidInputException.of("length", length, "0 (the model's context) or more");
    }
    if (texts.isPresent() && texts.get() < 1) {
      throw InvalidInputException.of("texts", texts.get(), "1 or more");
    }
    Openings.of(prompts);
  }

  private List<Way> ways() {
    return ways.stream().map(way -> Way.parse("ways", way)).toList();
  }

  int texts() {
    return texts.orElse(USUAL_TEXTS);
  }

  int requests() {
    return texts.orElse(Equality.USUAL_REQUESTS);
  }

  Path judge() {
    return judge.orElseGet(ModelOption::shippedCausal);
  }

  /** One token a step in the model's own block, and in blocks of 32. */
  List<Way> references(int ownBlock) {
    return Stream.of(ownBlock, OTHER_BLOCK).distinct().map(Way::oneByOne).toList();
  }

  /** The references, then the asked ways, or usual ones of this network; none twice. */
  List<Way> all(List<Way> references, NetworkConfig network) {
    var all = new LinkedHashSet<>(references);
    all.addAll(ways.isEmpty() ? UsualWays.of(network) : ways());
    return new ArrayList<>(all);
  }

  /** Stories of the wanted length. */
  Stories stories(ServedModel model, WritingOptions writing) {
    var folder = model.folder();
    int context = folder.config().contextLength();
    if (length > context) {
      throw InvalidInputException.of("length", length, "at most the context, " + context);
    }
    return new Stories(
        Openings.of(prompts),
        length == 0 ? context : length,
        folder.tokenizer(),
        writing.samplingOr(folder.decoding().sampling()));
  }
}
