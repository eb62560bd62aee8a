package io.redraft.model.train.config;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.TimeConditioning;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Shape of the network to train.
 *
 * @param width model width
 * @param layers number of blocks
 * @param heads query heads; divides the width
 * @param keyValueHeads key/value heads; divides the heads
 * @param feedForwardWidth inner width of SwiGLU
 * @param vocabulary rows of the embedding and the head in training, at least as many as the
 *     tokenizer has tokens; 0 for exactly as many. Rows beyond are never asked about, and not
 *     exported
 * @param context tokens in a training sequence, and the longest canvas
 * @param tiedHead whether the head shares the embedding's weights
 * @param attention bidirectional or block-causal for a denoiser, causal for a left-to-right model
 * @param time how a denoiser is told its mask ratio
 * @param attentionBlocks sizes of the blocks that a denoiser learns to attend block-causally with,
 *     ascending; empty for none
 * @param initial the model folder that the first weights and the tokenizer come from, or null
 */
public record ModelSettings(
    int width,
    int layers,
    int heads,
    int keyValueHeads,
    int feedForwardWidth,
    int vocabulary,
    int context,
    boolean tiedHead,
    AttentionMode attention,
    TimeConditioning time,
    List<Integer> attentionBlocks,
    Path initial) {
  /** Rows of a table of mask ratios where nothing is said. */
  private static final int BUCKETS = 32;

  private static final double NORM_EPSILON = 1e-5;
  private static final double ROPE_THETA = 10_000;

  /** What {@code model.initial} says where there is none. */
  private static final String NONE = "none";

  public ModelSettings {
    attentionBlocks = List.copyOf(attentionBlocks);
    Check.atLeast("model.width", width, 1);
    Check.atLeast("model.layers", layers, 1);
    Check.atLeast("model.heads", heads, 1);
    Check.atLeast("model.key_value_heads", keyValueHeads, 1);
    Check.atLeast("model.feed_forward_width", feedForwardWidth, 1);
    Check.atLeast("model.vocabulary", vocabulary, 0);
    Check.atLeast("model.context", context, 2);
    if (width % heads != 0 || width / heads % 2 != 0) {
      throw InvalidInputException.of(
          "model.heads", heads, "a divisor of model.width (" + width + ") that leaves even heads");
    }
    if (heads % keyValueHeads != 0) {
      throw InvalidInputException.of(
          "model.key_value_heads", keyValueHeads, "a divisor of model.heads (" + heads + ")");
    }
    if (attention == AttentionMode.CAUSAL && !time.none()) {
      throw InvalidInputException.of(
          "model.time_conditioning", Check.key(time.kind()), "none, for causal attention");
    }
    checkBlocks(attentionBlocks, context);
    if (attention == AttentionMode.BLOCK_CAUSAL && attentionBlocks.isEmpty()) {
      throw InvalidInputException.of(
          "model.attention_blocks", attentionBlocks, "1 size or more, for block-causal attention");
    }
    if (!attentionBlocks.isEmpty() && (attention == AttentionMode.CAUSAL || !time.none())) {
      throw InvalidInputException.of(
          "model.attention_blocks",
          attentionBlocks,
          "none, for causal attention and where model.time_conditioning is not none");
    }
  }

  private static void checkBlocks(List<Integer> sizes, int context) {
    var before = 0;
    for (var size : sizes) {
      if (size <= before || size > context) {
        throw InvalidInputException.of(
            "model.attention_blocks",
            sizes,
            "ascending sizes from 1 to " + context + " (model.context)");
      }
      before = size;
    }
  }

  static ModelSettings read(Section section) {
    var width = section.integer("width", 384);
    var heads = section.integer("heads", 6);
    var initial = section.text("initial", NONE);
    return new ModelSettings(
        width,
        section.integer("layers", 6),
        heads,
        section.integer("key_value_heads", heads),
        section.integer("feed_forward_width", Math.max(32, width * 8 / 3 / 32 * 32)),
        section.integer("vocabulary", 0),
        section.integer("context", 256),
        section.flag("tied_head", true),
        Check.choice(
            "model.attention", section.text("attention", "bidirectional"), AttentionMode.values()),
        time(section),
        section.integers("attention_blocks"),
        initial.equals(NONE) ? null : Path.of(initial));
  }

  private static TimeConditioning time(Section section) {
    var kind =
        Check.choice(
            "model.time_conditioning",
            section.text("time_conditioning", "none"),
            TimeConditioning.Kind.values());
    var buckets = section.integer("time_buckets", BUCKETS);
    Check.atLeast("model.time_buckets", buckets, 2);
    if (kind == TimeConditioning.Kind.TABLE) {
      return new TimeConditioning(kind, buckets);
    }
    if (buckets != BUCKETS) {
      throw InvalidInputException.of(
          "model.time_buckets", buckets, BUCKETS + ", where model.time_conditioning is no table");
    }
    return new TimeConditioning(kind, 0);
  }

  void write(Map<String, Object> out) {
    out.put("model.width", width);
    out.put("model.layers", layers);
    out.put("model.heads", heads);
    out.put("model.key_value_heads", keyValueHeads);
    out.put("model.feed_forward_width", feedForwardWidth);
    out.put("model.vocabulary", vocabulary);
    out.put("model.context", context);
    out.put("model.tied_head", tiedHead);
    out.put("model.attention", Check.key(attention));
    out.put("model.time_conditioning", Check.key(time.kind()));
    var table = time.kind() == TimeConditioning.Kind.TABLE;
    out.put("model.time_buckets", table ? time.buckets() : BUCKETS);
    out.put("model.attention_blocks", attentionBlocks);
    out.put("model.initial", initial == null ? NONE : initial.toString());
  }

  /**
   * The network to train for a tokenizer.
   *
   * @param tokens size of the tokenizer
   * @param mask id of its mask, or -1
   * @param end id of its end of text, or -1
   * @throws InvalidInputException if {@code model.vocabulary} is smaller than the tokenizer
   */
  public NetworkConfig network(int tokens, int mask, int end) {
    if (vocabulary > 0 && vocabulary < tokens) {
      throw InvalidInputException.of(
          "model.vocabulary", vocabulary, tokens + " or more, as the tokenizer has, or 0 for that");
    }
    return new NetworkConfig(
        Math.max(vocabulary, tokens),
        width,
        layers,
        heads,
        keyValueHeads,
        width / heads,
        feedForwardWidth,
        context,
        NORM_EPSILON,
        ROPE_THETA,
        tiedHead,
        attention,
        attention == AttentionMode.CAUSAL ? -1 : mask,
        -1,
        end,
        time,
        attentionBlocks);
  }
}
