package io.redraft.actors.admission;

import java.time.Duration;

/**
 * How much a node takes on.
 *
 * @param maxSessions requests that are denoised at the same time
 * @param maxTokens lengths of their canvases together
 * @param maxQueued requests that wait
 * @param maxQueuedTokens lengths of their canvases together
 * @param ageing waiting time that is worth one level of priority; see {@link Claim#order}
 */
public record AdmissionLimits(
    int maxSessions, int maxTokens, int maxQueued, int maxQueuedTokens, Duration ageing) {
  private static final int PATIENCE_LEVELS = 10;

  /**
   * How long others may go first: a request that does not fit yet is passed for this long and then
   * by nobody, and a tenant that waited this long for its turn is next whatever it was given
   * before. Ten levels of ageing.
   */
  Duration patience() {
    return ageing.multipliedBy(PATIENCE_LEVELS);
  }
}
