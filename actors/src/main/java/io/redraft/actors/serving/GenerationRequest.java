package io.redraft.actors.serving;

import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.Segment;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One text that is asked for.
 *
 * @param model name of the model; empty means the one that is served
 * @param segments the text as tokens that stay and masks to be written
 * @param options how masks become tokens
 * @param seed fixes all randomness
 * @param draftInterval smallest time between two drafts, zero for one a step; empty for no drafts
 * @param deadline when the answer is worth nothing any more; empty for never
 * @param priority higher goes first among the tenant's requests, -100 to 100
 * @param tenant on whose account it is computed, at most 64 characters; empty is a tenant too
 * @param limits the most that it may take
 */
public record GenerationRequest(
    String model,
    List<Segment> segments,
    DecodeOptions options,
    long seed,
    Optional<Duration> draftInterval,
    Optional<Instant> deadline,
    int priority,
    String tenant,
    RequestLimits limits) {
  private static final int HIGHEST = 100;
  private static final int LONGEST_NAME = 64;

  public GenerationRequest {
    segments = List.copyOf(segments);
    if (priority < -HIGHEST || priority > HIGHEST) {
      throw InvalidInputException.of("priority", priority, -HIGHEST + " to " + HIGHEST);
    }
    if (tenant.length() > LONGEST_NAME) {
      throw InvalidInputException.of(
          "tenant", tenant.length() + " characters", "at most " + LONGEST_NAME);
    }
  }

  /** A request of nobody in particular, without priority or limits. */
  public GenerationRequest(
      String model,
      List<Segment> segments,
      DecodeOptions options,
      long seed,
      Optional<Duration> draftInterval,
      Optional<Instant> deadline) {
    this(model, segments, options, seed, draftInterval, deadline, 0, "", RequestLimits.NONE);
  }

  /** The same, whenever it is finished. */
  public GenerationRequest withoutDeadline() {
    return new GenerationRequest(
        model, segments, options, seed, draftInterval, Optional.empty(), priority, tenant, limits);
  }

  /** Leaves the text out: requests may end up in logs, texts must not. */
  @Override
  public String toString() {
    return "GenerationRequest[model=%s, segments=%d, seed=%d, deadline=%s]"
        .formatted(model, segments.size(), seed, deadline);
  }
}
