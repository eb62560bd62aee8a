package io.redraft.model.nn;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import java.util.List;

/**
 * Shape of a Transformer (RMSNorm, SwiGLU, RoPE), as {@code config.json} tells it.
 *
 * @param vocabularySize entries of the embedding, special tokens included
 * @param width model width D
 * @param layers number of blocks
 * @param heads query heads H
 * @param keyValueHeads key/value heads K; divides H
 * @param headWidth width of a head; even
 * @param feedForwardWidth inner width F of SwiGLU
 * @param contextLength longest canvas in tokens
 * @param normEpsilon ε of RMSNorm
 * @param ropeTheta base of the rotary frequencies
 * @param tiedHead whether the head shares the embedding's weights
 * @param attention attention mode of the network where nobody asks for another
 * @param maskToken id of the mask, or -1 for a network that has none
 * @param beginToken id put before a causal network's text, or -1
 * @param endToken id of the end of text, or -1
 * @param time how the network is told how noisy its input is; nothing for a causal one
 * @param attentionBlocks block sizes that the weights have learned to attend block-causally with,
 *     ascending; empty for none
 * @param depth mask ratios that blocks stand for, where time is depth
 */
public record NetworkConfig(
    int vocabularySize,
    int width,
    int layers,
    int heads,
    int keyValueHeads,
    int headWidth,
    int feedForwardWidth,
    int contextLength,
    double normEpsilon,
    double ropeTheta,
    boolean tiedHead,
    AttentionMode attention,
    int maskToken,
    int beginToken,
    int endToken,
    TimeConditioning time,
    List<Integer> attentionBlocks,
    DepthTime depth) {

  /** A network whose every pass runs all blocks. */
  public NetworkConfig(
      int vocabularySize,
      int width,
      int layers,
      int heads,
      int keyValueHeads,
      int headWidth,
      int feedForwardWidth,
      int contextLength,
      double normEpsilon,
      double ropeTheta,
      boolean tiedHead,
      AttentionMode attention,
      int maskToken,
      int beginToken,
      int endToken,
      TimeConditioning time,
      List<Integer> attentionBlocks) {
    this(
        vocabularySize,
        width,
        layers,
        heads,
        keyValueHeads,
        headWidth,
        feedForwardWidth,
        contextLength,
        normEpsilon,
        ropeTheta,
        tiedHead,
        attention,
        maskToken,
        beginToken,
        endToken,
        time,
        attentionBlocks,
        DepthTime.NONE);
  }

  /** A network that is not told how noisy its input is. */
  public NetworkConfig(
      int vocabularySize,
      int width,
      int layers,
      int heads,
      int keyValueHeads,
      int headWidth,
      int feedForwardWidth,
      int contextLength,
      double normEpsilon,
      double ropeTheta,
      boolean tiedHead,
      AttentionMode attention,
      int maskToken,
      int beginToken,
      int endToken) {
    this(
        vocabularySize,
        width,
        layers,
        heads,
        keyValueHeads,
        headWidth,
        feedForwardWidth,
        contextLength,
        normEpsilon,
        ropeTheta,
        tiedHead,
        attention,
        maskToken,
        beginToken,
        endToken,
        TimeConditioning.NONE,
        List.of());
  }

  public NetworkConfig {
    attentionBlocks = List.copyOf(attentionBlocks);
    positive("vocab_size", vocabularySize);
    positive("hidden_size", width);
    positive("num_hidden_layers", layers);
    positive("num_attention_heads", heads);
    positive("num_key_value_heads", keyValueHeads);
    positive("head_dim", headWidth);
    positive("intermediate_size", feedForwardWidth);
    positive("max_position_embeddings", contextLength);
    if (heads % keyValueHeads != 0) {
      throw InvalidInputException.of(
          "num_key_value_heads", keyValueHeads, "a divisor of num_attention_heads (" + heads + ")");
    }
    if (headWidth % 2 != 0) {
      throw InvalidInputException.of("head_dim", headWidth, "an even number");
    }
    if (!(normEpsilon > 0)) {
      throw InvalidInputException.of("rms_norm_eps", normEpsilon, "more than 0");
    }
    if (!(ropeTheta > 0)) {
      throw InvalidInputException.of("rope_theta", ropeTheta, "more than 0");
    }
    token("mask_token_id", maskToken, vocabularySize);
    token("bos_token_id", beginToken, vocabularySize);
    token("eos_token_id", endToken, vocabularySize);
    if (attention != AttentionMode.CAUSAL && maskToken < 0) {
      throw InvalidInputException.of("mask_token_id", maskToken, "a token id, for a denoiser");
    }
    if (attention == AttentionMode.CAUSAL && !time.none()) {
      throw InvalidInputException.of(
          "time_conditioning", Choice.key(time.kind()), "none, for causal attention");
    }
    checkBlocks(attentionBlocks, contextLength, attention, time);
    depth.check(layers, attention, time, attentionBlocks);
  }

  /** Static, because a compact constructor sets the fields last. */
  private static void checkBlocks(
      List<Integer> attentionBlocks,
      int contextLength,
      AttentionMode attention,
      TimeConditioning time) {
    int before = 0;
    for (int size : attentionBlocks) {
      if (size <= before || size > contextLength) {
        throw InvalidInputException.of(
            "attention_blocks",
            attentionBlocks,
            "ascending sizes from 1 to max_position_embeddings (" + contextLength + ")");
      }
      before = size;
    }
    if (attention == AttentionMode.BLOCK_CAUSAL && attentionBlocks.isEmpty()) {
      throw InvalidInputException.of(
          "attention_blocks", attentionBlocks, "1 size or more, for block-causal attention");
    }
    if (!attentionBlocks.isEmpty() && (attention == AttentionMode.CAUSAL || !time.none())) {
      throw InvalidInputException.of(
          "attention_blocks",
          attentionBlocks,
          "none, for causal attention and for a network that is told its mask ratio");
    }
  }

  /** Whether the weights have learned to attend in this way. */
  public boolean attends(AttentionMode mode) {
    return mode == attention || mode == AttentionMode.BLOCK_CAUSAL && !attentionBlocks.isEmpty();
  }

  /** The same shape with weights that can attend block-causally with blocks of these sizes. */
  public NetworkConfig withAttentionBlocks(List<Integer> sizes) {
    return changed(vocabularySize, layers, attention, time, sizes, depth);
  }

  /** The same shape, whose blocks stand for mask ratios. */
  public NetworkConfig withDepth(DepthTime other) {
    return changed(vocabularySize, layers, attention, time, attentionBlocks, other);
  }

  /** Mask ratio of every depth step, from left to right; empty for an ordinary network. */
  public List<Double> depthRatios() {
    return depth.ratios();
  }

  /** The same shape, told in that way how noisy its input is. */
  public NetworkConfig withTime(TimeConditioning conditioning) {
    return changed(vocabularySize, layers, attention, conditioning, attentionBlocks, depth);
  }

  /** The same shape that attends in another way where nobody asks, and in blocks of these sizes. */
  public NetworkConfig withAttention(AttentionMode mode, List<Integer> sizes) {
    return changed(vocabularySize, layers, mode, time, sizes, depth);
  }

  private NetworkConfig changed(
      int entries,
      int blocks,
      AttentionMode mode,
      TimeConditioning conditioning,
      List<Integer> sizes,
      DepthTime ratios) {
    return new NetworkConfig(
        entries,
        width,
        blocks,
        heads,
        keyValueHeads,
        headWidth,
        feedForwardWidth,
        contextLength,
        normEpsilon,
        ropeTheta,
        tiedHead,
        mode,
        maskToken,
        beginToken,
        endToken,
        conditioning,
        sizes,
        ratios);
  }

  /** Number of weights. */
  public long parameters() {
    long attention = (long) width * headWidth * (2L * heads + 2L * keyValueHeads);
    long feedForward = 3L * width * feedForwardWidth;
    long embeddings = (tiedHead ? 1L : 2L) * vocabularySize * width;
    return layers * (attention + feedForward + 2L * width)
        + embeddings
        + width
        + time.parameters(width, layers);
  }

  private static void positive(String field, int value) {
    if (value <= 0) {
      throw InvalidInputException.of(field, value, "1 or more");
    }
  }

  /** The same network with another number of blocks, none of which stand for mask ratios. */
  public NetworkConfig withLayers(int blocks) {
    return changed(vocabularySize, blocks, attention, time, attentionBlocks, DepthTime.NONE);
  }

  /** The same network with another number of vocabulary entries. */
  public NetworkConfig withVocabulary(int entries) {
    return changed(entries, layers, attention, time, attentionBlocks, depth);
  }

  private static void token(String field, int value, int vocabularySize) {
    if (value < -1 || value >= vocabularySize) {
      throw InvalidInputException.of(field, value, "0 to " + (vocabularySize - 1));
    }
  }
}
