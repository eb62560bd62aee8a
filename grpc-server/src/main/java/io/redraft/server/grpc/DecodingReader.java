package io.redraft.server.grpc;

import static io.redraft.server.grpc.RequestReader.number;

import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.RevealPolicy;
import io.redraft.model.decode.Sampling;
import io.redraft.model.decode.StepGrid;
import io.redraft.proto.v1.Decoding;
import java.util.OptionalInt;

/**
 * From the decoding part of a request to options. What is absent takes the default that the API
 * names; a number that the chosen policy would ignore is refused, since whoever sent it expects it
 * to matter.
 */
final class DecodingReader {
  private DecodingReader() {}

  /**
   * Reads options.
   *
   * @throws InvalidInputException naming the field that is not allowed
   */
  static DecodeOptions read(Decoding decoding) {
    DecodeOptions options =
        new DecodeOptions(
            policy(decoding),
            decoding.hasSteps()
                ? OptionalInt.of(number("steps", decoding.getSteps()))
                : OptionalInt.empty(),
            decoding.hasBlock() ? number("block", decoding.getBlock()) : 0,
            grid(decoding),
            sampling(decoding),
            DecodeOptions.DEFAULTS.confidenceStop(),
            DecodeOptions.DEFAULTS.remask());
    if (decoding.hasConfidenceStop()) {
      options = options.withConfidenceStop(decoding.getConfidenceStop());
    }
    return decoding.hasRemask() ? options.withRemask(decoding.getRemask()) : options;
  }

  private static RevealPolicy policy(Decoding decoding) {
    RevealPolicy policy =
        switch (decoding.getPolicy()) {
          case REVEAL_POLICY_UNSPECIFIED, REVEAL_POLICY_CONFIDENCE -> new RevealPolicy.Confidence();
          case REVEAL_POLICY_LINEAR -> new RevealPolicy.Linear();
          case REVEAL_POLICY_RANDOM -> new RevealPolicy.Random();
          case REVEAL_POLICY_THRESHOLD ->
              new RevealPolicy.Threshold(
                  decoding.hasThreshold()
                      ? decoding.getThreshold()
                      : RevealPolicy.Threshold.DEFAULT);
          case REVEAL_POLICY_FACTOR ->
              new RevealPolicy.Factor(
                  decoding.hasFactor() ? decoding.getFactor() : RevealPolicy.Factor.DEFAULT);
          case REVEAL_POLICY_ENTROPY ->
              new RevealPolicy.Entropy(
                  decoding.hasGamma() ? decoding.getGamma() : RevealPolicy.Entropy.DEFAULT);
          case UNRECOGNIZED ->
              throw InvalidInputException.of(
                  "policy",
                  decoding.getPolicyValue(),
                  "confidence, threshold, linear, random, factor or entropy (1 to 6)");
        };
    if (decoding.hasThreshold() && !(policy instanceof RevealPolicy.Threshold)) {
      throw unused("threshold", decoding.getThreshold(), "threshold");
    }
    if (decoding.hasFactor() && !(policy instanceof RevealPolicy.Factor)) {
      throw unused("factor", decoding.getFactor(), "factor");
    }
    if (decoding.hasGamma() && !(policy instanceof RevealPolicy.Entropy)) {
      throw unused("gamma", decoding.getGamma(), "entropy");
    }
    return policy;
  }

  private static InvalidInputException unused(String field, double value, String policy) {
    return InvalidInputException.of(field, value, "only with the policy " + policy);
  }

  private static StepGrid grid(Decoding decoding) {
    return switch (decoding.getGrid()) {
      case STEP_GRID_UNSPECIFIED, STEP_GRID_UNIFORM -> StepGrid.UNIFORM;
      case STEP_GRID_COSINE -> StepGrid.COSINE;
      case UNRECOGNIZED ->
          throw InvalidInputException.of(
              "grid", decoding.getGridValue(), "uniform or cosine (1 or 2)");
    };
  }

  private static Sampling sampling(Decoding decoding) {
    Sampling defaults = Sampling.GREEDY;
    return new Sampling(
        decoding.hasTemperature() ? decoding.getTemperature() : defaults.temperature(),
        decoding.hasTopK() ? number("top_k", decoding.getTopK()) : defaults.topK(),
        decoding.hasTopP() ? decoding.getTopP() : defaults.topP());
  }
}
