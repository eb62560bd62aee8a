package io.redraft.actors.serving;

import io.redraft.model.decode.Candidates;

/** What a forward pass gave one session. */
public sealed interface Outcome {
  /** A token for every row, in the order in which they were asked for. */
  Candidates candidates();

  /** Proposals for the rows of a {@link Work.Denoise}. */
  record Proposed(Candidates candidates) implements Outcome {}

  /** What follows the rows of a {@link Work.Extend}. */
  record Extended(Candidates candidates) implements Outcome {}
}
