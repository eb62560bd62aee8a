package io.redraft.actors.serving;

import io.redraft.model.decode.Splice;
import io.redraft.model.decode.Verified;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What happens to a canvas while it is denoised, as the API tells it. Numbers count 1, 2, 3, …
 * within a request. Folding every {@link Committed}, {@link Reopened}, {@link Repaired} and {@link
 * Edited} gives the text of {@link Finished}; a {@link Drafted} may be dropped freely. The last
 * event is one {@link Finished} or one {@link Failed}, never both. {@link Opened} and {@link
 * CaughtUp} are added where a stream can be resumed.
 */
public sealed interface GenerationEvent {
  /** Number of the event within its request. */
  long number();

  /**
   * A token at its place.
   *
   * @param confidence probability when it was chosen; 1 for pinned text
   */
  record Slot(int position, int token, float confidence) {}

  /** What the model would write now at every position that is still masked; provisional. */
  record Drafted(long number, int step, int canvasLength, List<Slot> slots)
      implements GenerationEvent {}

  /**
   * Tokens that are decided; {@code pinned} marks the request's fixed text, sent before the first
   * step.
   */
  record Committed(long number, int step, int canvasLength, List<Slot> slots, boolean pinned)
      implements GenerationEvent {}

  /** Committed positions that are masked again, because the text turned out to end before them. */
  record Reopened(long number, int step, List<Integer> positions) implements GenerationEvent {}

  /**
   * A span that the verifier had rewritten; {@code before} and {@code after} are at the same
   * positions.
   *
   * @param scoreBefore log-probability in nats under the verifier of the text from the span to the
   *     next one that was rewritten, as it was
   * @param scoreAfter the same of the text as it is now
   */
  record Repaired(
      long number,
      int step,
      List<Slot> before,
      List<Slot> after,
      double scoreBefore,
      double scoreAfter)
      implements GenerationEvent {}

  /**
   * An edit by the client has taken effect. It is folded in this order: positions move as {@code
   * splice} says; what lies beyond {@code canvasLength} is cut off, all of it masked; {@code
   * reopened} positions are masked; {@code changed} ones hold another token.
   *
   * @param id the client's own name of the edit
   * @param step steps taken before it
   * @param changed a token that was there before and only moved to or from the first position is
   *     told again, with confidence 0
   * @param pinned positions that are fixed from now on
   */
  record Edited(
      long number,
      long id,
      int step,
      int canvasLength,
      Splice splice,
      List<Integer> reopened,
      List<Slot> changed,
      List<Integer> pinned)
      implements GenerationEvent {}

  /** An edit by the client is not allowed; nothing has changed. */
  record EditRefused(long number, long id, String field, String message)
      implements GenerationEvent {}

  /**
   * No mask is left, and the client may still edit.
   *
   * @param textLength positions before the end of text
   */
  record Settled(long number, int step, int textLength) implements GenerationEvent {}

  /**
   * The first event, number 0, of a stream that can be resumed.
   *
   * @param stream its name; who knows it can read the text
   * @param window how long it is kept without a client
   */
  record Opened(long number, String stream, Duration window) implements GenerationEvent {
    /** Leaves the name out: it gives access. */
    @Override
    public String toString() {
      return "Opened[window=%s]".formatted(window);
    }
  }

  /**
   * Changes that are told again, in one: positions that are masked now, and others with the token
   * that they hold now. A position may be as the reader knows it.
   *
   * @param number that of the last change in it
   */
  record CaughtUp(long number, int step, List<Integer> reopened, List<Slot> changed)
      implements GenerationEvent {}

  /**
   * The end of a request that succeeded.
   *
   * @param tokens the canvas up to the end of text
   * @param verified what the verifier has done; empty where none was asked for
   */
  record Finished(
      long number,
      Reason reason,
      List<Integer> tokens,
      int promptTokens,
      int generatedTokens,
      int steps,
      int forwards,
      long seed,
      Optional<Verified> verified)
      implements GenerationEvent {}

  /**
   * The end of a request that did not; {@code message} may be shown to the client.
   *
   * @param retryAfter when to try again; zero where nothing is known about that
   */
  record Failed(long number, Refusal refusal, String field, String message, Duration retryAfter)
      implements GenerationEvent {
    /** A failure without a hint when to try again. */
    public Failed(long number, Refusal refusal, String field, String message) {
      this(number, refusal, field, message, Duration.ZERO);
    }
  }

  /** Why a text ended. */
  enum Reason {
    END_OF_TEXT,
    LENGTH
  }

  /** Why a request failed; one table in the server maps these to gRPC status. */
  enum Refusal {
    INVALID,
    NOT_FOUND,
    OVERLOADED,
    /** A limit of the request's own, or one that the server sets for every request, is used up. */
    LIMIT,
    DEADLINE,
    CANCELLED,
    /** Another client has resumed the stream. */
    TAKEN_OVER,
    UNAVAILABLE,
    INTERNAL
  }
}
