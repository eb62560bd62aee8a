package io.redraft.server.grpc;

import io.redraft.actors.serving.GenerationRequest;
import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.RevealPolicy;
import io.redraft.model.decode.Sampling;
import io.redraft.model.decode.Segment;
import io.redraft.model.decode.StepGrid;
import io.redraft.model.text.Tokenizer;
import io.redraft.proto.v1.Decoding;
import io.redraft.proto.v1.GenerateRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongSupplier;

/**
 * From a request of the API to one in the domain's terms. What is wrong with a field alone is
 * refused here, by the name that the API gives it; what depends on the model, by serving.
 */
public final class RequestReader {
  private final Tokenizer tokenizer;
  private final LongSupplier seeds;

  /**
   * A reader for one model's text.
   *
   * @param seeds draws a seed for a request that has none
   */
  public RequestReader(Tokenizer tokenizer, LongSupplier seeds) {
    this.tokenizer = tokenizer;
    this.seeds = seeds;
  }

  /**
   * The request in the domain's terms.
   *
   * @throws InvalidInputException where the request cannot be carried out as it stands
   */
  public GenerationRequest read(GenerateRequest request, Optional<Instant> deadline) {
    return new GenerationRequest(
        request.getModel(),
        segments(request),
        options(request.getDecoding()),
        request.hasSeed() ? request.getSeed() : seeds.getAsLong(),
        drafts(request),
        deadline);
  }

  private static Optional<Duration> drafts(GenerateRequest request) {
    return request.getOmitDrafts()
        ? Optional.empty()
        : Optional.of(Duration.ofMillis(number("draft_interval_ms", request.getDraftIntervalMs())));
  }

  private List<Segment> segments(GenerateRequest request) {
    List<Segment> segments = new ArrayList<>();
    for (var segment : request.getSegmentsList()) {
      switch (segment.getKindCase()) {
        case TEXT -> segments.add(new Segment.Fixed(tokenizer.encode(segment.getText())));
        case MASK -> segments.add(new Segment.Masked(number("mask", segment.getMask())));
        default ->
            throw InvalidInputException.of(
                "segments", "an entry with neither", "text or mask in every entry");
      }
    }
    return segments;
  }

  private static DecodeOptions options(Decoding decoding) {
    OptionalInt steps =
        decoding.hasSteps()
            ? OptionalInt.of(number("steps", decoding.getSteps()))
            : OptionalInt.empty();
    return new DecodeOptions(
        policy(decoding),
        steps,
        decoding.hasBlock() ? number("block", decoding.getBlock()) : 0,
        grid(decoding),
        sampling(decoding));
  }

  private static RevealPolicy policy(Decoding decoding) {
    RevealPolicy policy =
        switch (decoding.getPolicy()) {
          case REVEAL_POLICY_UNSPECIFIED, REVEAL_POLICY_CONFIDENCE -> new RevealPolicy.Confidence();
          case REVEAL_POLICY_THRESHOLD ->
              new RevealPolicy.Threshold(
                  decoding.hasThreshold()
                      ? decoding.getThreshold()
                      : RevealPolicy.Threshold.DEFAULT);
          case REVEAL_POLICY_LINEAR -> new RevealPolicy.Linear();
          case REVEAL_POLICY_RANDOM -> new RevealPolicy.Random();
          case UNRECOGNIZED ->
              throw InvalidInputException.of(
                  "policy",
                  decoding.getPolicyValue(),
                  "confidence, threshold, linear or random (1 to 4)");
        };
    if (decoding.hasThreshold() && !(policy instanceof RevealPolicy.Threshold)) {
      throw InvalidInputException.of(
          "threshold", decoding.getThreshold(), "nothing, unless policy is threshold");
    }
    return policy;
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

  /** An unsigned number that must fit a signed one. */
  private static int number(String field, int unsigned) {
    if (unsigned < 0) {
      throw InvalidInputException.of(
          field, Integer.toUnsignedString(unsigned), "at most " + Integer.MAX_VALUE);
    }
    return unsigned;
  }
}
