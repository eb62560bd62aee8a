package io.redraft.model.decode;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.NetworkConfig;

/**
 * Options that a depth-as-time network's steps leave no room for: its ratios say how many masks
 * each step leaves, and its blocks have learned to read whole canvases of that ratio.
 */
final class DepthRules {
  private static final String ONLY = ", for a model with depth_ratios";

  private DepthRules() {}

  static void check(DecodeOptions options, NetworkConfig network) {
    if (network.depth().none()) {
      options
          .execution()
          .ifPresent(kind -> refuse("execution", Choice.key(kind), "none, without depth_ratios"));
      return;
    }
    DepthSteps.of(network, options); // refuses too few steps
    if (options.block() != 0) {
      refuse("block", options.block(), "0" + ONLY);
    }
    if (options.cache() != CacheMode.NONE) {
      refuse("cache", Choice.key(options.cache()), "none" + ONLY);
    }
    if (options.grid() != StepGrid.UNIFORM) {
      refuse("grid", Choice.key(options.grid()), "uniform" + ONLY);
    }
    if (options.policy().samplesDiffusion()) {
      refuse("policy", options.policy().key(), "one that goes by a number or confidence" + ONLY);
    }
    if (options.guidance().on()) {
      refuse("guidance", options.guidance().weight(), "0 (off)" + ONLY);
    }
    if (options.verification().on()) {
      refuse("verify", Choice.key(options.verification().mode()), "off" + ONLY);
    }
    options.remask().ifPresent(p -> refuse("remask", p, "none" + ONLY));
  }

  private static void refuse(String field, Object value, String allowed) {
    throw InvalidInputException.of(field, value, allowed);
  }
}
