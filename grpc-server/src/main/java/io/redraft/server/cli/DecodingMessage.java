package io.redraft.server.cli;

import io.redraft.model.InvalidInputException;
import io.redraft.proto.v1.Decoding;

/** From the options that say how masks become tokens to the part of a request that does. */
final class DecodingMessage {
  private DecodingMessage() {}

  /**
   * The options as the API has them.
   *
   * @throws InvalidInputException where a number cannot even be sent
   */
  static Decoding of(DecodingOptions options) {
    Decoding.Builder decoding = Decoding.newBuilder();
    DecodingOptions.Policy chosen = options.policy != null ? options.policy : implied(options);
    if (chosen != null) {
      decoding.setPolicy(chosen.wire);
    }
    if (options.grid != null) {
      decoding.setGrid(options.grid.wire);
    }
    if (options.cache != null) {
      decoding.setCache(options.cache.wire);
    }
    if (options.attention != null) {
      decoding.setAttention(options.attention.wire);
    }
    if (options.steps != null) {
      decoding.setSteps(atLeast("steps", options.steps, 1));
    }
    if (options.block != null) {
      decoding.setBlock(atLeast("block", options.block, 0));
    }
    if (options.topK != null) {
      decoding.setTopK(atLeast("top_k", options.topK, 0));
    }
    if (options.threshold != null) {
      decoding.setThreshold(options.threshold);
    }
    if (options.factor != null) {
      decoding.setFactor(options.factor);
    }
    if (options.gamma != null) {
      decoding.setGamma(options.gamma);
    }
    if (options.confidenceStop != null) {
      decoding.setConfidenceStop(options.confidenceStop);
    }
    if (options.remask != null) {
      decoding.setRemask(options.remask);
    }
    if (options.guidance != null) {
      decoding.setGuidance(options.guidance);
    }
    if (options.guidanceSchedule != null) {
      decoding.setGuidanceSchedule(options.guidanceSchedule.wire);
    }
    if (options.patience != null) {
      decoding.setPatience(atLeast("patience", options.patience, 1));
    }
    if (options.window != null) {
      decoding.setWindow(atLeast("window", options.window, 0));
    }
    if (options.minTokens != null) {
      decoding.setMinTokens(atLeast("min_tokens", options.minTokens, 0));
    }
    if (options.batchInvariant != null) {
      decoding.setBatchInvariant(options.batchInvariant);
    }
    if (options.execution != null) {
      decoding.setExecution(options.execution.wire);
    }
    if (options.temperature != null) {
      decoding.setTemperature(options.temperature);
    }
    if (options.topP != null) {
      decoding.setTopP(options.topP);
    }
    if (options.verify != null) {
      decoding.setVerify(options.verify.wire);
    }
    if (options.repairConfidence != null) {
      decoding.setRepairConfidence(options.repairConfidence);
    }
    if (options.repairMargin != null) {
      decoding.setRepairMargin(options.repairMargin);
    }
    if (options.repairRounds != null) {
      decoding.setRepairRounds(atLeast("repair_rounds", options.repairRounds, 1));
    }
    return decoding.build();
  }

  /** A policy's number, given alone, names the policy. */
  private static DecodingOptions.Policy implied(DecodingOptions options) {
    if (options.threshold != null) {
      return DecodingOptions.Policy.threshold;
    }
    if (options.factor != null) {
      return DecodingOptions.Policy.factor;
    }
    return options.gamma != null ? DecodingOptions.Policy.entropy : null;
  }

  /** The API's numbers are unsigned: a negative one would arrive as a huge one. */
  static int atLeast(String field, int value, int least) {
    if (value < least) {
      throw InvalidInputException.of(field, value, least + " or more");
    }
    return value;
  }
}
