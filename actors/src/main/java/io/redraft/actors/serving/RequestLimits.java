package io.redraft.actors.serving;

import io.redraft.model.InvalidInputException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The most that one request may take, as its client or the server sets it.
 *
 * @param maxTokens tokens to be written; a request for more is not started
 * @param maxSteps steps; a text that is not finished after them is given up
 * @param maxTime time from its first step on; likewise
 */
public record RequestLimits(
    OptionalInt maxTokens, OptionalInt maxSteps, Optional<Duration> maxTime) {
  /** No limit. */
  public static final RequestLimits NONE =
      new RequestLimits(OptionalInt.empty(), OptionalInt.empty(), Optional.empty());

  public RequestLimits {
    atLeastOne("limits.max_tokens", maxTokens);
    atLeastOne("limits.max_steps", maxSteps);
    if (maxTime.isPresent() && maxTime.get().compareTo(Duration.ofMillis(1)) < 0) {
      throw InvalidInputException.of("limits.max_time_ms", maxTime.get().toMillis(), "1 or more");
    }
  }

  private static void atLeastOne(String field, OptionalInt value) {
    if (value.isPresent() && value.getAsInt() < 1) {
      throw InvalidInputException.of(field, value.getAsInt(), "1 or more");
    }
  }

  /** The stricter of both in everything. */
  public RequestLimits within(RequestLimits ceiling) {
    return new RequestLimits(
        least(maxTokens, ceiling.maxTokens),
        least(maxSteps, ceiling.maxSteps),
        maxTime.isEmpty()
                || ceiling.maxTime.filter(most -> most.compareTo(maxTime.get()) < 0).isPresent()
            ? ceiling.maxTime
            : maxTime);
  }

  private static OptionalInt least(OptionalInt a, OptionalInt b) {
    if (a.isEmpty() || b.isEmpty()) {
      return a.isEmpty() ? b : a;
    }
    return OptionalInt.of(Math.min(a.getAsInt(), b.getAsInt()));
  }
}
