package io.redraft.actors.serving;

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
 */
public record GenerationRequest(
    String model,
    List<Segment> segments,
    DecodeOptions options,
    long seed,
    Optional<Duration> draftInterval,
    Optional<Instant> deadline) {
  public GenerationRequest {
    segments = List.copyOf(segments);
  }

  /** Leaves the text out: requests may end up in logs, texts must not. */
  @Override
  public String toString() {
    return "GenerationRequest[model=%s, segments=%d, seed=%d, deadline=%s]"
        .formatted(model, segments.size(), seed, deadline);
  }
}
