package io.redraft.model.decode;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** Options that cannot hold together, or not for a canvas; each is refused before anything runs. */
final class OptionRules {
  /** More steps than this a block are no other distribution, just more time. */
  private static final int MOST_STEPS = 10_000;

  private static final String ATTENTION = "attention";

  private static final String LOSSLESS = " where verify is lossless";

  private OptionRules() {}

  /** Refuses options that contradict each other. */
  static void check(DecodeOptions options) {
    var policy = options.policy();
    String only = "only with a policy that goes by the model's confidence, not " + policy.key();
    if (policy.samplesDiffusion()) {
      options.remask().ifPresent(p -> refuse("remask", p, only));
      options.confidenceStop().ifPresent(p -> refuse("confidence_stop", p, only));
      if (options.window() > 0) {
        refuse("window", options.window(), "0 (all masks of the block) with " + policy.key());
      }
    }
    if (impatient(policy)) {
      options.patience().ifPresent(n -> refuse("patience", n, only));
    }
    if (policy instanceof RevealPolicy.Ancestral && options.steps().orElse(1) > MOST_STEPS) {
      refuse("steps", options.steps().getAsInt(), "1 to %d with ancestral".formatted(MOST_STEPS));
    }
    boolean lossless = options.verification().mode() == Verification.Mode.LOSSLESS;
    if (lossless) {
      checkLossless(options);
    }
    if (options.cache() != CacheMode.NONE && !lossless) {
      checkCached(options);
    }
    checkAttention(options);
  }

  private static void checkAttention(DecodeOptions options) {
    var attention = options.attention();
    if (attention == AttentionMode.CAUSAL) {
      refuse(ATTENTION, Choice.key(attention), "bidirectional, block-causal");
    }
    if (attention != AttentionMode.BLOCK_CAUSAL) {
      if (options.cache() == CacheMode.DELAYED) {
        refuse(
            "cache",
            Choice.key(options.cache()),
            "none, prefix or dual where every position sees all");
      }
      return;
    }
    String only = " with block-causal attention";
    if (options.block() == 0) {
      refuse("block", 0, "1 or more" + only);
    }
    if (options.cache() == CacheMode.DUAL) {
      refuse("cache", Choice.key(options.cache()), "none, prefix or delayed" + only);
    }
    if (options.cache() == CacheMode.DELAYED) {
      // What was committed earlier is not computed any more, so it cannot be scored anew.
      options.remask().ifPresent(p -> refuse("remask", p, "none with the cache delayed"));
    }
    if (options.verification().mode() == Verification.Mode.LOSSLESS) {
      refuse("verify", "lossless", "off or repair" + only);
    }
  }

  /** Refuses what a network's weights have not learned. */
  static void check(DecodeOptions options, NetworkConfig network) {
    var attention = options.attention();
    DepthRules.check(options, network);
    if (network.attention() == AttentionMode.BLOCK_CAUSAL) {
      checkBlockCausalOnly(options);
    }
    if (attention != AttentionMode.BLOCK_CAUSAL) {
      return;
    }
    if (network.attentionBlocks().isEmpty()) {
      boolean causal = network.attention() == AttentionMode.CAUSAL;
      refuse(
          ATTENTION,
          Choice.key(attention),
          causal ? "none for a causal model" : "bidirectional for this model");
    }
    if (!network.attentionBlocks().contains(options.block())) {
      refuse(
          "block",
          options.block(),
          "%s, which this model has learned to attend block-causally in"
              .formatted(network.attentionBlocks()));
    }
  }

  /**
   * Refuses what sees both sides. What a request names goes first: a cache or a verification may be
   * why it does not attend block-causally.
   */
  private static void checkBlockCausalOnly(DecodeOptions options) {
    String only = ", for a model that has not learned bidirectional attention";
    if (options.verification().on()) {
      // Repaired spans are denoised with both sides visible, and so are lossless drafts.
      refuse("verify", Choice.key(options.verification().mode()), "off" + only);
    }
    if (options.cache() == CacheMode.DUAL) {
      refuse("cache", Choice.key(options.cache()), "none, prefix or delayed" + only);
    }
    if (options.attention() != AttentionMode.BLOCK_CAUSAL) {
      refuse(
          ATTENTION, Choice.key(options.attention()), "block-causal, which this model has learned");
    }
  }

  /** What says how a text is denoised has no say in a causal model's text. */
  private static void checkLossless(DecodeOptions options) {
    if (!(options.policy() instanceof RevealPolicy.Confidence)) {
      refuse("policy", options.policy().key(), "confidence" + LOSSLESS);
    }
    options.remask().ifPresent(p -> refuse("remask", p, "none" + LOSSLESS));
    options.confidenceStop().ifPresent(p -> refuse("confidence_stop", p, "none" + LOSSLESS));
    options.patience().ifPresent(n -> refuse("patience", n, "none" + LOSSLESS));
    if (options.guidance().on()) {
      refuse("guidance", options.guidance().weight(), "0 (off)" + LOSSLESS);
    }
    if (options.window() > 0) {
      refuse("window", options.window(), "0" + LOSSLESS);
    }
    if (options.minTokens() > 0) {
      refuse("min_tokens", options.minTokens(), "0" + LOSSLESS);
    }
    if (options.cache() == CacheMode.PREFIX || options.cache() == CacheMode.DELAYED) {
      refuse("cache", Choice.key(options.cache()), "none or dual" + LOSSLESS);
    }
  }

  private static void checkCached(DecodeOptions options) {
    if (options.block() == 0) {
      refuse(
          "cache",
          Choice.key(options.cache()),
          "none, without blocks (block is 0), or a block of 1 or more");
    }
    if (options.guidance().on()) {
      // A guided pass would need caches of both canvases.
      refuse(
          "guidance",
          options.guidance().weight(),
          "0 (off) with a cache, here " + Choice.key(options.cache()));
    }
  }

  /** Whether a policy's order is all there is to it, so that patience would make it another one. */
  private static boolean impatient(RevealPolicy policy) {
    return policy instanceof RevealPolicy.Linear || policy.samplesDiffusion();
  }

  private static void refuse(String field, Object value, String allowed) {
    throw InvalidInputException.of(field, value, allowed);
  }

  /** The options less those that contradict their policy. */
  static DecodeOptions fitting(DecodeOptions options) {
    return options.with(
        change -> {
          if (options.policy().samplesDiffusion()) {
            change.remask = OptionalDouble.empty();
            change.confidenceStop = OptionalDouble.empty();
            change.window = 0;
          }
          if (impatient(options.policy())) {
            change.patience = OptionalInt.empty();
          }
        });
  }

  /** The options less those that contradict their cache. */
  static DecodeOptions fittingCache(DecodeOptions options) {
    return options.cache() == CacheMode.DELAYED
        ? options.with(change -> change.remask = OptionalDouble.empty())
        : options;
  }

  /** The options less those that contradict their verification. */
  static DecodeOptions fittingVerification(DecodeOptions options) {
    if (options.verification().mode() != Verification.Mode.LOSSLESS) {
      return options;
    }
    return options.with(
        change -> {
          change.policy = new RevealPolicy.Confidence();
          change.steps = OptionalInt.empty();
          change.remask = OptionalDouble.empty();
          change.confidenceStop = OptionalDouble.empty();
          change.patience = OptionalInt.empty();
          change.guidance = Guidance.NONE;
          change.window = 0;
          change.minTokens = 0;
          change.cache = CacheMode.DUAL;
          change.attention = AttentionMode.BIDIRECTIONAL;
        });
  }

  /**
   * Refuses what a request's canvas does not allow; edits may lead to some of it.
   *
   * @param masks writable positions
   * @param pinned positions with fixed text
   * @param causal whether the network writes from left to right
   */
  static void check(DecodeOptions options, int masks, int pinned, boolean causal) {
    double weight = options.guidance().weight();
    if (options.guidance().on() && causal) {
      refuse("guidance", weight, "0 (off) for a causal model");
    }
    if (options.minTokens() > 0 && causal) {
      refuse("min_tokens", options.minTokens(), "0 for a causal model");
    }
    if (options.verification().on() && causal) {
      refuse("verify", Choice.key(options.verification().mode()), "off for a causal model");
    }
    if (options.minTokens() > masks) {
      refuse("min_tokens", options.minTokens(), "at most %d, the masks".formatted(masks));
    }
    if (options.guidance().on() && pinned == 0) {
      refuse(
          "guidance",
          weight,
          "0 (off) where there is no fixed text, whose influence it strengthens");
    }
  }
}
