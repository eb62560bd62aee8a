package io.redraft.model.decode;

import java.util.Arrays;
import java.util.Optional;

/**
 * How far a canvas has come, whichever kind of network writes it. Implementations are immutable and
 * hold nothing but numbers, so that one can be stored at any step and go on elsewhere.
 */
public sealed interface Progress permits DecodeState, CausalState, SpeculativeState, RepairState {
  /** What is being carried out. */
  DecodePlan plan();

  /** The canvas now; the plan's mask token wherever nothing is decided. */
  int[] canvas();

  /** Steps taken. */
  int steps();

  /** Forward passes of the network so far. */
  int forwards();

  /** Whether the next pass is one of the verifier, the causal model beside the denoiser. */
  default boolean asksVerifier() {
    return false;
  }

  /** What the verifier has done so far; empty where there is none. */
  default Optional<Verified> verified() {
    return Optional.empty();
  }

  /** Whether the text is complete. */
  boolean done();

  /** Why the text ended; empty until it has. */
  default Optional<FinishReason> finishReason() {
    if (!done()) {
      return Optional.empty();
    }
    int[] canvas = canvas();
    boolean ended = plan().endOf(canvas) < canvas.length;
    return Optional.of(ended ? FinishReason.END_OF_TEXT : FinishReason.LENGTH);
  }

  /** The canvas up to the end of text, which is left out; free of masks once {@link #done}. */
  default int[] tokens() {
    int[] canvas = canvas();
    return Arrays.copyOf(canvas, plan().endOf(canvas));
  }

  /** How many of {@link #tokens} the request brought. */
  default int promptTokens() {
    return plan().pinned();
  }

  /** How many of {@link #tokens} were written; meaningful once {@link #done}. */
  default int generatedTokens() {
    return tokens().length - promptTokens();
  }
}
