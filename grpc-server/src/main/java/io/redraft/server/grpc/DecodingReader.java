package io.redraft.server.grpc;

import static io.redraft.proto.v1.AttentionMode.ATTENTION_MODE_BIDIRECTIONAL;
import static io.redraft.proto.v1.AttentionMode.ATTENTION_MODE_BLOCK_CAUSAL;
import static io.redraft.server.grpc.RequestReader.number;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.CacheMode;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.Guidance;
import io.redraft.model.decode.GuidanceSchedule;
import io.redraft.model.decode.RevealPolicy;
import io.redraft.model.decode.Sampling;
import io.redraft.model.decode.StepGrid;
import io.redraft.model.decode.Verification;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.DepthExecution;
import io.redraft.proto.v1.Cache;
import io.redraft.proto.v1.Decoding;
import java.util.Optional;

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
    var verified = defaults.forVerification(verification(decoding, defaults.verification()));
    var options = new DecodingReader(decoding, verified).options();
    options.check();
    return options;
  }

  private DecodeOptions options() {
    DecodeOptions options = defaults.forPolicy(policy()).withGrid(grid()).withSampling(sampling());
    options = options.forCache(cache()).withAttention(attention()).withGuidance(guidance());
    if (decoding.hasSteps()) {
      options = options.withSteps(number("steps", decoding.getSteps()));
    }
    if (decoding.hasBlock()) {
      options = options.withBlock(number("block", decoding.getBlock()));
    }
    if (decoding.hasConfidenceStop()) {
      options = options.withConfidenceStop(decoding.getConfidenceStop());
    }
    if (decoding.hasPatience()) {
      options = options.withPatience(number("patience", decoding.getPatience()));
    }
    if (decoding.hasWindow()) {
      options = options.withWindow(number("window", decoding.getWindow()));
    }
    if (decoding.hasMinTokens()) {
      options = options.withMinTokens(number("min_tokens", decoding.getMinTokens()));
    }
    if (decoding.hasBatchInvariant()) {
      options = options.withBatchInvariant(decoding.getBatchInvariant());
    }
    options = execution().map(options::withExecution).orElse(options);
    return decoding.hasRemask() ? options.withRemask(decoding.getRemask()) : options;
  }

  private Optional<DepthExecution> execution() {
    return switch (decoding.getExecution()) {
      case EXECUTION_UNSPECIFIED -> defaults.execution();
      case EXECUTION_SUFFIX -> Optional.of(DepthExecution.SUFFIX);
      case EXECUTION_LOCAL -> Optional.of(DepthExecution.LOCAL);
      case EXECUTION_BAND -> Optional.of(DepthExecution.BAND);
      case EXECUTION_PREFIX -> Optional.of(DepthExecution.PREFIX);
      case UNRECOGNIZED ->
          throw InvalidInputException.of(
              "execution", decoding.getExecutionValue(), "suffix, local, band or prefix (1 to 4)");
    };
  }

  /** What a verification needs goes before what the model wishes for itself. */
  private static Verification verification(Decoding decoding, Verification defaults) {
    var mode =
        switch (decoding.getVerify()) {
          case VERIFY_UNSPECIFIED, VERIFY_OFF -> Verification.Mode.OFF;
          case VERIFY_REPAIR -> Verification.Mode.REPAIR;
          case VERIFY_LOSSLESS -> Verification.Mode.LOSSLESS;
          case UNRECOGNIZED ->
              throw InvalidInputException.of(
                  "verify", decoding.getVerifyValue(), "off, repair or lossless (1 to 3)");
        };
    refuseWithoutRepair(mode, decoding.hasRepairConfidence(), "repair_confidence");
    refuseWithoutRepair(mode, decoding.hasRepairMargin(), "repair_margin");
    refuseWithoutRepair(mode, decoding.hasRepairRounds(), "repair_rounds");
    return new Verification(
        mode,
        decoding.hasRepairConfidence() ? decoding.getRepairConfidence() : defaults.confidence(),
        decoding.hasRepairMargin() ? decoding.getRepairMargin() : defaults.margin(),
        decoding.hasRepairRounds()
            ? number("repair_rounds", decoding.getRepairRounds())
            : defaults.rounds());
  }

  private static void refuseWithoutRepair(Verification.Mode mode, boolean given, String field) {
    if (given && mode != Verification.Mode.REPAIR) {
      throw new InvalidInputException(
          field, field + " is given; allowed: only where verify is repair");
    }
  }

  private RevealPolicy policy() {
    RevealPolicy policy =
        switch (decoding.getPolicy()) {
          case REVEAL_POLICY_UNSPECIFIED -> defaults.policy();
          case REVEAL_POLICY_CONFIDENCE -> new RevealPolicy.Confidence();
          case REVEAL_POLICY_LINEAR -> new RevealPolicy.Linear();
          case REVEAL_POLICY_RANDOM -> new RevealPolicy.Random();
          case REVEAL_POLICY_ANCESTRAL -> new RevealPolicy.Ancestral();
          case REVEAL_POLICY_FIRST_HITTING -> new RevealPolicy.FirstHitting();
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
                  "confidence, threshold, linear, random, factor, entropy, ancestral or first-hitting"
                      + " (1 to 8)");
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

  /** The model's own attention gives way to a cache that the request names. */
  private AttentionMode attention() {
    return switch (decoding.getAttention()) {
      case ATTENTION_MODE_UNSPECIFIED ->
          switch (decoding.getCache()) {
            case CACHE_DUAL -> AttentionMode.BIDIRECTIONAL;
            case CACHE_DELAYED -> AttentionMode.BLOCK_CAUSAL;
            default -> defaults.attention();
          };
      case ATTENTION_MODE_BIDIRECTIONAL -> AttentionMode.BIDIRECTIONAL;
      case ATTENTION_MODE_CAUSAL -> AttentionMode.CAUSAL;
      case ATTENTION_MODE_BLOCK_CAUSAL -> AttentionMode.BLOCK_CAUSAL;
      case UNRECOGNIZED ->
          throw InvalidInputException.of(
              "attention", decoding.getAttentionValue(), "bidirectional or block-causal (1 or 3)");
    };
  }

  private CacheMode cache() {
    return switch (decoding.getCache()) {
      case CACHE_UNSPECIFIED -> ownCache();
      case CACHE_NONE -> CacheMode.NONE;
      case CACHE_PREFIX -> CacheMode.PREFIX;
      case CACHE_DUAL -> CacheMode.DUAL;
      case CACHE_DELAYED -> CacheMode.DELAYED;
      case UNRECOGNIZED ->
          throw InvalidInputException.of(
              "cache", decoding.getCacheValue(), "none, prefix, dual or delayed (1 to 4)");
    };
  }

  /** The model's own cache, or the next that a guidance, an attention or remasking allows. */
  private CacheMode ownCache() {
    if (decoding.getGuidance() > 0) {
      return CacheMode.NONE;
    }
    boolean gives =
        switch (defaults.cache()) {
          case NONE, PREFIX -> false;
          case DUAL -> decoding.getAttention() == ATTENTION_MODE_BLOCK_CAUSAL;
          case DELAYED ->
              decoding.getAttention() == ATTENTION_MODE_BIDIRECTIONAL || decoding.hasRemask();
        };
    return gives ? CacheMode.PREFIX : defaults.cache();
  }

  /** The model's own guidance gives way to a cache that the request names. */
  private Guidance guidance() {
    boolean cached = decoding.getCacheValue() > Cache.CACHE_NONE_VALUE;
    double own = cached ? 0 : defaults.guidance().weight();
    double weight = decoding.hasGuidance() ? decoding.getGuidance() : own;
    var schedule =
        switch (decoding.getGuidanceSchedule()) {
          case GUIDANCE_SCHEDULE_UNSPECIFIED -> defaults.guidance().schedule();
          case GUIDANCE_SCHEDULE_CONSTANT -> GuidanceSchedule.CONSTANT;
          case GUIDANCE_SCHEDULE_LINEAR_UP -> GuidanceSchedule.LINEAR_UP;
          case GUIDANCE_SCHEDULE_LINEAR_DOWN -> GuidanceSchedule.LINEAR_DOWN;
          case UNRECOGNIZED ->
              throw InvalidInputException.of(
                  "guidance_schedule",
                  decoding.getGuidanceScheduleValue(),
                  "constant, linear-up or linear-down (1 to 3)");
        };
    if (weight == 0 && decoding.getGuidanceScheduleValue() != 0) {
      throw InvalidInputException.of(
          "guidance_schedule", Choice.key(schedule), "only with guidance");
    }
    return new Guidance(weight, schedule);
  }

  private Sampling sampling() {
    Sampling sampling = defaults.sampling();
    return new Sampling(
        decoding.hasTemperature() ? decoding.getTemperature() : sampling.temperature(),
        decoding.hasTopK() ? number("top_k", decoding.getTopK()) : sampling.topK(),
        decoding.hasTopP() ? decoding.getTopP() : sampling.topP());
  }
}
