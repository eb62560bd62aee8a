package io.redraft.load.serve;

import io.redraft.proto.v1.AttentionMode;
import io.redraft.proto.v1.Cache;
import io.redraft.proto.v1.Decoding;
import io.redraft.proto.v1.RevealPolicy;
import io.redraft.proto.v1.StepGrid;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * How measured texts are written; a model's own defaults have no say in it.
 *
 * @param block masks a block; 0 is one block over everything
 * @param cache what a block's steps take from earlier ones
 * @param attention which positions see which
 * @param threshold what a step commits; empty: as many of the most probable as the steps ask for
 * @param window how many of a block's first masks a step looks at; 0 is all
 * @param temperature of drawing tokens
 */
record Writing(
    int block,
    Cache cache,
    AttentionMode attention,
    OptionalDouble threshold,
    int window,
    double temperature) {
  /** One block, a step's share of the most probable tokens, drawn at temperature 1. */
  static final Writing PLAIN =
      new Writing(
          0,
          Cache.CACHE_NONE,
          AttentionMode.ATTENTION_MODE_BIDIRECTIONAL,
          OptionalDouble.empty(),
          0,
          1);

  /** The decoding part of a request with this many steps a block. */
  Decoding decoding(int steps) {
    var decoding =
        Decoding.newBuilder()
            .setPolicy(RevealPolicy.REVEAL_POLICY_CONFIDENCE)
            .setGrid(StepGrid.STEP_GRID_UNIFORM)
            .setSteps(steps)
            .setBlock(block)
            .setCache(cache)
            .setAttention(attention)
            .setWindow(window)
            .setTemperature(temperature)
            .setTopK(0)
            .setTopP(1);
    threshold.ifPresent(
        least -> decoding.setPolicy(RevealPolicy.REVEAL_POLICY_THRESHOLD).setThreshold(least));
    return decoding.build();
  }

  /** What tells it from others, in words; empty for one block without a cache or a threshold. */
  String words() {
    var words = new StringBuilder();
    if (block > 0) {
      String name = cache.name().substring("CACHE_".length()).toLowerCase(Locale.ROOT);
      words.append(", block ").append(block).append(", cache ").append(name);
    }
    if (attention == AttentionMode.ATTENTION_MODE_BLOCK_CAUSAL) {
      words.append(", block-causal");
    }
    threshold.ifPresent(least -> words.append(", threshold ").append(least));
    if (window > 0) {
      words.append(", window ").append(window);
    }
    return words.toString();
  }
}
