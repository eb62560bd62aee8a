package io.redraft.actors.admission;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Who has to go where more wait than the queue takes. A tenant's share of the queue is the larger
 * of its shares of positions and of tokens (dominant share: Ghodsi et al., NSDI 2011). While too
 * much waits, the tenant with the largest share gives up the last in its order, as in longest-queue
 * drop; between equal shares it is the newcomer's, so that nobody is displaced for a mere swap.
 *
 * <p>So one tenant can fill the queue while it is alone, but cannot keep another one out. Within a
 * tenant a newcomer displaces only what stands behind it.
 */
final class QueueRoom {
  private final AdmissionLimits limits;
  private final Claim newcomer;
  private final Map<String, NavigableSet<Claim>> tenants = new HashMap<>();
  private final Map<String, Long> tokens = new HashMap<>();
  private int claims;
  private long allTokens;

  private QueueRoom(AdmissionLimits limits, Line line, Claim newcomer) {
    this.limits = limits;
    this.newcomer = newcomer;
    line.all()
        .forEach(
            claim -> {
              tenants
                  .computeIfAbsent(claim.tenant(), name -> new TreeSet<>(line.order()))
                  .add(claim);
              count(claim, 1);
            });
  }

  /**
   * The claims to be displaced for this newcomer, which stands in the line already; empty if the
   * newcomer itself has to go, and then nobody else has to.
   */
  static Optional<List<Claim>> make(AdmissionLimits limits, Line line, Claim newcomer) {
    boolean fits = line.size() <= limits.maxQueued() && line.tokens() <= limits.maxQueuedTokens();
    return fits ? Optional.of(List.of()) : new QueueRoom(limits, line, newcomer).make();
  }

  private Optional<List<Claim>> make() {
    var displaced = new ArrayList<Claim>();
    while (claims > limits.maxQueued() || allTokens > limits.maxQueuedTokens()) {
      var last = tenants.get(largest()).pollLast();
      if (last.equals(newcomer)) {
        return Optional.empty();
      }
      count(last, -1);
      displaced.add(last);
    }
    return Optional.of(displaced);
  }

  private void count(Claim claim, int sign) {
    claims += sign;
    allTokens += (long) sign * claim.tokens();
    tokens.merge(claim.tenant(), (long) sign * claim.tokens(), Long::sum);
  }

  private String largest() {
    return tenants.keySet().stream()
        .max(
            Comparator.comparingDouble(this::share)
                .thenComparing(tenant -> tenant.equals(newcomer.tenant()))
                .thenComparing(tenant -> tenant))
        .orElseThrow();
  }

  private double share(String tenant) {
    return Math.max(
        (double) tenants.get(tenant).size() / Math.max(1, limits.maxQueued()),
        (double) tokens.get(tenant) / Math.max(1, limits.maxQueuedTokens()));
  }
}
