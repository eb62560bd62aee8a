package io.redraft.actors.serving;

import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.CausalModel.NextToken;

/** What a forward pass gave one session. */
public sealed interface Outcome {
  /** Proposals for the rows of a {@link Work.Denoise}. */
  record Proposed(Candidates candidates) implements Outcome {}

  /** The token that follows a {@link Work.Extend}. */
  record Extended(NextToken next) implements Outcome {}
}
