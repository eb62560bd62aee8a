package io.redraft.load.serve;

import io.redraft.load.measure.Report;

/** One part of the sweep. */
@FunctionalInterface
interface Part {
  /** What parts are called. */
  enum Name {
    /** What a step costs beyond the network. */
    OVERHEAD,
    /** Tokens a second of many streams. */
    STREAMS,
    /** Speed and quality of ways of decoding. */
    FRONTIER,
    /** Many streams beside a causal model's. */
    CAUSAL,
    /** Time to the first draft, and to a free place. */
    LATENCY,
    /** Whether a crowd changes a text. */
    EQUALITY
  }

  /**
   * Measures and reports.
   *
   * @param server before the model that is looked at
   * @return whether what must hold holds
   */
  boolean measure(ServerUnderTest server, Report report) throws Exception;
}
