package io.redraft.load.serve;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.CacheMode;
import io.redraft.model.decode.Sampling;
import io.redraft.model.nn.AttentionMode;
import io.redraft.proto.v1.Cache;
import io.redraft.proto.v1.Decoding;
import io.redraft.proto.v1.RevealPolicy;
import io.redraft.proto.v1.StepGrid;

/**
 * A way of decoding that is compared with others, written {@code POLICY=NUMBER/BLOCK/CACHE}, as
 * {@code threshold=0.9/32/dual}.
 *
 * @param policy what a step commits
 * @param number of {@code confidence}: tokens a step; of the others their own number
 * @param block masks a block; 0 is one block over everything
 * @param cache what a block's steps take from earlier ones
 * @param attention which positions see which
 * @param window how many of a block's first masks a step looks at; 0 is all
 */
record Way(
    Policy policy, double number, int block, CacheMode cache, AttentionMode attention, int window) {
  /** Policies that can be compared. */
  enum Policy {
    /** So many of the most probable a step. */
    CONFIDENCE(1),
    /** All that are at least so probable. */
    THRESHOLD(io.redraft.model.decode.RevealPolicy.Threshold.DEFAULT),
    /** As many as are certain together. */
    FACTOR(io.redraft.model.decode.RevealPolicy.Factor.DEFAULT),
    /** As many as their entropies allow. */
    ENTROPY(io.redraft.model.decode.RevealPolicy.Entropy.DEFAULT);

    private final double usual;

    Policy(double usual) {
      this.usual = usual;
    }
  }

  private static final String FORM =
      "POLICY[=NUMBER]/BLOCK/CACHE[/block-causal][/window=N] as threshold=0.9/32/dual, with the policies "
          + Choice.keys(Policy.values());

  private static final String BLOCK_CAUSAL = Choice.key(AttentionMode.BLOCK_CAUSAL);

  private static final String WINDOW = "window=";

  Way {
    switch (policy) {
      case CONFIDENCE -> {
        if (number < 1 || number != Math.rint(number)) {
          throw InvalidInputException.of("tokens a step", number, "a whole number, 1 or more");
        }
      }
      case THRESHOLD -> new io.redraft.model.decode.RevealPolicy.Threshold(number);
      case FACTOR -> new io.redraft.model.decode.RevealPolicy.Factor(number);
      case ENTROPY -> new io.redraft.model.decode.RevealPolicy.Entropy(number);
    }
    if (block < 0) {
      throw InvalidInputException.of("block", block, "0 (one block) or more");
    }
    if (window < 0) {
      throw InvalidInputException.of("window", window, "0 (all) or more");
    }
    if (block == 0 && cache != CacheMode.NONE) {
      throw InvalidInputException.of("cache", Choice.key(cache), "none, without blocks");
    }
  }

  /** One token a step, the most probable first, without a cache. */
  static Way oneByOne(int block) {
    return new Way(Policy.CONFIDENCE, 1, block, CacheMode.NONE, AttentionMode.BIDIRECTIONAL, 0);
  }

  /**
   * Reads one.
   *
   * @param option the option that it was given to, without hyphens
   * @throws InvalidInputException naming the option and what is not allowed
   */
  static Way parse(String option, String text) {
    try {
      return parse(text);
    } catch (InvalidInputException wrong) {
      String what = wrong.getMessage();
      throw new InvalidInputException(option, "%s is %s; %s".formatted(option, text, what));
    }
  }

  /** Reads one that the program itself names. */
  static Way parse(String text) {
    String[] parts = text.split("/", -1);
    String[] rule = parts[0].split("=", -1);
    boolean blockCausal = parts.length > 3 && parts[3].equals(BLOCK_CAUSAL);
    int named = blockCausal ? 4 : 3;
    boolean windowed = parts.length > named && parts[named].startsWith(WINDOW);
    if (parts.length != named + (windowed ? 1 : 0) || rule.length > 2) {
      throw new InvalidInputException("form", "allowed: " + FORM);
    }
    var policy = Choice.of("policy", rule[0], Policy.values());
    try {
      double number = rule.length == 1 ? policy.usual : Double.parseDouble(rule[1]);
      var cache = Choice.of("cache", parts[2], CacheMode.values());
      var attention = blockCausal ? AttentionMode.BLOCK_CAUSAL : AttentionMode.BIDIRECTIONAL;
      int window = windowed ? Integer.parseInt(parts[named].substring(WINDOW.length())) : 0;
      return new Way(policy, number, Integer.parseInt(parts[1]), cache, attention, window);
    } catch (NumberFormatException e) {
      throw new InvalidInputException("form", "allowed: " + FORM);
    }
  }

  /**
   * The decoding part of a request for so many masks, of which none may end the text; a longer
   * block is one over all of them.
   */
  Decoding decoding(int masks, Sampling sampling) {
    int ofBlock = block == 0 ? masks : Math.min(block, masks);
    int share = policy == Policy.CONFIDENCE ? (int) number : 1;
    var decoding =
        Decoding.newBuilder()
            .setPolicy(RevealPolicy.valueOf("REVEAL_POLICY_" + policy.name()))
            .setGrid(StepGrid.STEP_GRID_UNIFORM)
            .setSteps((ofBlock + share - 1) / share)
            .setBlock(attention == AttentionMode.BLOCK_CAUSAL ? block : Math.min(block, masks))
            .setCache(Cache.valueOf("CACHE_" + cache.name()))
            .setAttention(
                io.redraft.proto.v1.AttentionMode.valueOf("ATTENTION_MODE_" + attention.name()))
            .setTemperature(sampling.temperature())
            .setTopK(sampling.topK())
            .setTopP(sampling.topP())
            .setWindow(window)
            .setMinTokens(masks);
    switch (policy) {
      case THRESHOLD -> decoding.setThreshold(number);
      case FACTOR -> decoding.setFactor(number);
      case ENTROPY -> decoding.setGamma(number);
      case CONFIDENCE -> {}
    }
    return decoding.build();
  }

  /** As it is parsed. */
  @Override
  public String toString() {
    String value =
        number == Math.rint(number) ? String.valueOf((long) number) : String.valueOf(number);
    String form = "%s=%s/%d/%s".formatted(Choice.key(policy), value, block, Choice.key(cache));
    String seen = attention == AttentionMode.BLOCK_CAUSAL ? form + "/" + BLOCK_CAUSAL : form;
    return window > 0 ? seen + "/" + WINDOW + window : seen;
  }
}
