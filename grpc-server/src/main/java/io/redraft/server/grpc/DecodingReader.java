package io.redraft.server.grpc;

import static io.redraft.server.grpc.RequestReader.number;

import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.CacheMode;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.RevealPolicy;
import io.redraft.model.decode.Sampling;
import io.redraft.model.decode.StepGrid;
import io.redraft.proto.v1.Decoding;

/**
 * From the decoding part of a request to options. What is absent is taken from the model's
 * defaults; a number that the policy in effect would ignore is refused, since whoever sent it
 * expects it to matter.
 */
final class DecodingReader {
  private final Decoding decoding;
  private final DecodeOptions defaults;

  private DecodingReader(Decoding decoding, DecodeOptions defaults) {
    this.decoding = decoding;
    this.defaults = defaults;
  }

  /**
   * Reads options.
   *
   * @param defaults what holds where the request does not say
   * @throws InvalidInputException naming the field that is not allowed
   */
  static DecodeOptions read(Decoding decoding, DecodeOptions defaults) {
    return new DecodingReader(decoding, defaults).options();
  }

  private DecodeOptions options() {
    DecodeOptions options =
        defaults.withPolicy(policy()).withGrid(grid()).withSampling(sampling()).withCache(cache());
    if (decoding.hasSteps()) {
      options = options.withSteps(number("steps", decoding.getSteps()));
    }
    if (decoding.hasBlock()) {
      options = options.withBlock(number("block", decoding.getBlock()));
    }
    if (decoding.hasConfidenceStop()) {
      options = options.withConfidenceStop(decoding.getConfidenceStop());
    }
    return decoding.hasRemask() ? options.withRemask(decoding.getRemask()) : options;
  }

  private RevealPolicy policy() {
    RevealPolicy policy =
        switch (decoding.getPolicy()) {
          case REVEAL_POLICY_UNSPECIFIED -> defaults.policy();
          case REVEAL_POLICY_CONFIDENCE -> new RevealPolicy.Confidence();
          case REVEAL_POLICY_LINEAR -> new RevealPolicy.Linear();
          case REVEAL_POLICY_RANDOM -> new RevealPolicy.Random();
          case REVEAL_POLICY_THRESHOLD ->
              otherwise(new RevealPolicy.Threshold(RevealPolicy.Threshold.DEFAULT));
          case REVEAL_POLICY_FACTOR ->
              otherwise(new RevealPolicy.Factor(RevealPolicy.Factor.DEFAULT));
          case REVEAL_POLICY_ENTROPY ->
              otherwise(new RevealPolicy.Entropy(RevealPolicy.Entropy.DEFAULT));
          case UNRECOGNIZED ->
              throw InvalidInputException.of(
                  "policy",
                  decoding.getPolicyValue(),
                  "confidence, threshold, linear, random, factor or entropy (1 to 6)");
        };
    if (decoding.hasThreshold()) {
      double threshold = decoding.getThreshold();
      refuseUnused(policy instanceof RevealPolicy.Threshold, "threshold", threshold, "threshold");
      policy = new RevealPolicy.Threshold(threshold);
    }
    if (decoding.hasFactor()) {
      double factor = decoding.getFactor();
      refuseUnused(policy instanceof RevealPolicy.Factor, "factor", factor, "factor");
      policy = new RevealPolicy.Factor(factor);
    }
    if (decoding.hasGamma()) {
      double gamma = decoding.getGamma();
      refuseUnused(policy instanceof RevealPolicy.Entropy, "gamma", gamma, "entropy");
      policy = new RevealPolicy.Entropy(gamma);
    }
    return policy;
  }

  /** The model's own number for a policy, where that is its default too. */
  private RevealPolicy otherwise(RevealPolicy policy) {
    return policy.getClass() == defaults.policy().getClass() ? defaults.policy() : policy;
  }

  private static void refuseUnused(boolean used, String field, double value, String policy) {
    if (!used) {
      throw InvalidInputException.of(field, value, "only with the policy " + policy);
    }
  }

  private StepGrid grid() {
    return switch (decoding.getGrid()) {
      case STEP_GRID_UNSPECIFIED -> defaults.grid();
      case STEP_GRID_UNIFORM -> StepGrid.UNIFORM;
      case STEP_GRID_COSINE -> StepGrid.COSINE;
      case UNRECOGNIZED ->
          throw InvalidInputException.of(
              "grid", decoding.getGridValue(), "uniform or cosine (1 or 2)");
    };
  }

  private CacheMode cache() {
    return switch (decoding.getCache()) {
      case CACHE_UNSPECIFIED -> defaults.cache();
      case CACHE_NONE -> CacheMode.NONE;
      case CACHE_PREFIX -> CacheMode.PREFIX;
      case CACHE_DUAL -> CacheMode.DUAL;
      case UNRECOGNIZED ->
          throw InvalidInputException.of(
              "cache", decoding.getCacheValue(), "none, prefix or dual (1 to 3)");
    };
  }

  private Sampling sampling() {
    Sampling sampling = defaults.sampling();
    return new Sampling(
        decoding.hasTemperature() ? decoding.getTemperature() : sampling.temperature(),
        decoding.hasTopK() ? number("top_k", decoding.getTopK()) : sampling.topK(),
        decoding.hasTopP() ? decoding.getTopP() : sampling.topP());
  }
}
