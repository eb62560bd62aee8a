package io.redraft.actors.admission;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;

/**
 * What one request wants of a node.
 *
 * @param session its name; younger sessions have larger ones
 * @param tenant on whose account it is computed
 * @param priority levels that it stands above (or below) 0
 * @param tokens length of its canvas
 * @param arrived when it asked
 */
public record Claim(long session, String tenant, int priority, int tokens, Instant arrived) {
  /**
   * The order of one tenant's claims. A claim's level is its priority plus one for every {@code
   * ageing} that it has waited; the highest level goes first. All levels rise alike, so the order
   * is that of {@link #rank}, which does not change: a claim is passed only by claims that arrive
   * less than (difference of priorities) × {@code ageing} after it. Without ageing (zero)
   * priorities count for nothing.
   */
  static Comparator<Claim> order(Duration ageing) {
    return Comparator.<Claim, Instant>comparing(
            claim -> rank(claim.arrived(), claim.priority(), ageing))
        .thenComparing(Claim::session);
  }

  /**
   * The moment at which a claim of priority 0 would have had to arrive to stand where it stands.
   */
  public static Instant rank(Instant arrived, int priority, Duration ageing) {
    return arrived.minus(ageing.multipliedBy(priority));
  }
}
