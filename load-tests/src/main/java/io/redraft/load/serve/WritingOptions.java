package io.redraft.load.serve;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.CacheMode;
import io.redraft.model.decode.Sampling;
import io.redraft.model.nn.AttentionMode;
import io.redraft.proto.v1.Cache;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import picocli.CommandLine.Option;

/** Options that say in which ways texts are written; every combination is measured. */
final class WritingOptions {
  @Option(
      names = "--block",
      paramLabel = "N,N…",
      split = ",",
      description = {
        "Masks a block; 0: one block. Given without --parts, only streams are measured; --steps are steps a",
        "block. Default: 0."
      })
  private List<Integer> blocks = List.of();

  @Option(
      names = "--cache",
      paramLabel = "NAME,NAME…",
      split = ",",
      defaultValue = "none",
      description = "Caches of blocks: none, prefix, dual, delayed. Default: ${DEFAULT-VALUE}.")
  private List<String> caches;

  @Option(
      names = "--attention",
      paramLabel = "NAME",
      defaultValue = "bidirectional",
      description =
          "Of streams: bidirectional, or block-causal in blocks that the model has learned. Default: ${DEFAULT-VALUE}.")
  private String attention;

  @Option(
      names = "--threshold",
      paramLabel = "P,P…",
      split = ",",
      defaultValue = "none",
      description = {
        "Commit all that is at least this probable; none: as many tokens as --steps ask for.",
        "Default: ${DEFAULT-VALUE}."
      })
  private List<String> thresholds;

  @Option(
      names = "--window",
      paramLabel = "N,N…",
      split = ",",
      defaultValue = "0",
      description =
          "Of streams: look only at a block's first N masks in a step; 0: at all masks. Default: ${DEFAULT-VALUE}.")
  private List<Integer> windows;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = {
        "Of drawing tokens; 0: the most probable. Default: 1 for streams and overhead, the model's own for",
        "stories."
      })
  private Optional<Double> temperature;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description =
          "Of stories: keep the smallest set of tokens with this probability. Default: the model's own.")
  private Optional<Double> topP;

  /** Made by the command line. */
  WritingOptions() {}

  /** Whether anything but one block is measured. */
  boolean inBlocks() {
    return !blocks.isEmpty();
  }

  /**
   * All combinations.
   *
   * @throws InvalidInputException naming the option that is not allowed
   */
  List<Writing> all() {
    List<Writing> all = new ArrayList<>();
    var mode =
        Choice.of(
            "attention",
            attention,
            new AttentionMode[] {AttentionMode.BIDIRECTIONAL, AttentionMode.BLOCK_CAUSAL});
    var sees = io.redraft.proto.v1.AttentionMode.valueOf("ATTENTION_MODE_" + mode.name());
    for (int block : blocks.isEmpty() ? List.of(0) : blocks) {
      if (block < 0) {
        throw InvalidInputException.of("block", block, "0 (one block) or more");
      }
      for (String name : caches) {
        var kept = Choice.of("cache", name, CacheMode.values());
        if (block == 0 && kept != CacheMode.NONE) {
          throw InvalidInputException.of("cache", name, "none, without blocks");
        }
        for (String threshold : thresholds) {
          var least = probability(threshold);
          var cache = Cache.valueOf("CACHE_" + kept.name());
          for (int window : windows) {
            if (window < 0) {
              throw InvalidInputException.of("window", window, "0 (all) or more");
            }
            all.add(new Writing(block, cache, sees, least, window, temperature.orElse(1.)));
          }
        }
      }
    }
    return all;
  }

  /** How the tokens of stories are drawn; what is not given, as the model has it. */
  Sampling samplingOr(Sampling own) {
    return new Sampling(temperature.orElse(own.temperature()), own.topK(), topP.orElse(own.topP()));
  }

  private static OptionalDouble probability(String threshold) {
    if (threshold.toLowerCase(Locale.ROOT).equals("none")) {
      return OptionalDouble.empty();
    }
    try {
      double value = Double.parseDouble(threshold);
      if (value > 0 && value <= 1) {
        return OptionalDouble.of(value);
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw InvalidInputException.of("threshold", threshold, "none, or more than 0 and at most 1");
  }
}
