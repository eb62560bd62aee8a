package io.redraft.actors.admission;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The claims that wait, each tenant's in its own {@link Claim#order}. */
final class Line {
  private final Comparator<Claim> order;
  private final Map<String, NavigableSet<Claim>> tenants = new HashMap<>();
  private final Map<Long, Claim> claims = new HashMap<>();
  private final Map<Long, Instant> passed = new HashMap<>();
  private long tokens;

  Line(Duration ageing) {
    this.order = Claim.order(ageing);
  }

  void add(Claim claim) {
    tenants.computeIfAbsent(claim.tenant(), name -> new TreeSet<>(order)).add(claim);
    claims.put(claim.session(), claim);
    tokens += claim.tokens();
  }

  /** Takes a session's claim out, if it waits. */
  Optional<Claim> remove(long session) {
    var claim = claims.remove(session);
    passed.remove(session);
    if (claim == null) {
      return Optional.empty();
    }
    tokens -= claim.tokens();
    tenants.get(claim.tenant()).remove(claim);
    tenants.computeIfPresent(claim.tenant(), (name, left) -> left.isEmpty() ? null : left);
    return Optional.of(claim);
  }

  /** A tenant's claims in order; empty where none waits. */
  NavigableSet<Claim> of(String tenant) {
    return tenants.getOrDefault(tenant, new TreeSet<>(order));
  }

  /** Whether any claim of this tenant waits. */
  boolean has(String tenant) {
    return tenants.containsKey(tenant);
  }

  /** All claims. */
  Stream<Claim> all() {
    return claims.values().stream();
  }

  /** Whose first claim stands before whose, as if all were one tenant's. */
  Comparator<String> byFirst() {
    return Comparator.comparing(tenant -> of(tenant).first(), order);
  }

  /** The order of claims. */
  Comparator<Claim> order() {
    return order;
  }

  /** Since when a claim, which did not fit now, has been passed by others. */
  Instant passedSince(Claim claim, Instant now) {
    return passed.computeIfAbsent(claim.session(), session -> now);
  }

  int size() {
    return claims.size();
  }

  long tokens() {
    return tokens;
  }
}
