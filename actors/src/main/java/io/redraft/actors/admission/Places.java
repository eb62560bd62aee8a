package io.redraft.actors.admission;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The places of a node: which sessions are denoised, which wait and which have to go.
 *
 * <ol>
 *   <li>A session may begin while fewer than {@code maxSessions} run and its canvas fits into what
 *       the others leave of {@code maxTokens}.
 *   <li>Whenever something changes, the next in order begins, again and again, until none that
 *       waits may. The order is that of tenants by {@link FairShare}, and of one tenant's claims by
 *       {@link Claim#order}.
 *   <li>One that has its turn but does not fit is passed by those that do: nothing stands idle
 *       behind it. After {@link AdmissionLimits#patience} of that, nobody behind it begins until it
 *       has, so that it gets in as soon as enough of those that run have ended.
 *   <li>Who cannot begin waits in the queue; where the queue is too full, {@link QueueRoom} says
 *       who has to go.
 * </ol>
 *
 * <p>Nobody starves while those that run end: within a tenant a claim is passed only by claims that
 * arrive within a bounded time after it, tenants take turns, and what does not fit is passed for a
 * bounded time.
 */
public final class Places {
  /**
   * What an arrival leads to.
   *
   * @param begun sessions that begin now, in this order
   * @param displaced sessions that waited and are turned away instead
   * @param refused whether the arrival is turned away; it is then in neither list
   */
  public record Arrival(List<Long> begun, List<Long> displaced, boolean refused) {}

  /** A session that runs; {@code prepaid}: tokens charged that are not computed yet. */
  private record Running(Claim claim, int prepaid) {}

  private final AdmissionLimits limits;
  private final Line line;
  private final FairShare share;
  private final Map<Long, Running> running = new HashMap<>();
  private long runningTokens;

  public Places(AdmissionLimits limits) {
    this.limits = limits;
    this.line = new Line(limits.ageing());
    this.share = new FairShare(limits.patience());
  }

  /** A session comes; its tokens are at most {@code maxTokens}. */
  public Arrival arrive(Claim claim) {
    if (claim.tokens() > limits.maxTokens()) {
      throw new IllegalArgumentException("a claim that never fits: " + claim.tokens());
    }
    line.add(claim);
    share.waits(claim.tenant(), claim.arrived());
    var begun = fill(claim.arrived());
    if (begun.contains(claim.session())) {
      return new Arrival(begun, List.of(), false);
    }
    var room = QueueRoom.make(limits, line, claim);
    var gone = room.orElse(List.of(claim));
    gone.forEach(away -> remove(away.session()));
    share.forget(tenantsRunning(), claim.arrived());
    if (!gone.isEmpty()) {
      begun.addAll(fill(claim.arrived())); // what is gone may have been what the others waited for
    }
    var displaced = room.isEmpty() ? List.<Long>of() : gone.stream().map(Claim::session).toList();
    return new Arrival(begun, displaced, room.isEmpty());
  }

  /** A session has ended, or waits no more; those that begin now. */
  public List<Long> leave(long session, Instant now) {
    remove(session);
    var left = running.remove(session);
    if (left != null) {
      runningTokens -= left.claim().tokens();
    }
    share.forget(tenantsRunning(), now);
    return fill(now);
  }

  /** So many tokens were computed for a session; one that does not run is ignored. */
  public void computed(long session, int tokens) {
    var at = running.get(session);
    if (at != null) {
      int prepaid = Math.min(at.prepaid(), tokens);
      share.computed(at.claim().tenant(), tokens - prepaid);
      running.put(session, new Running(at.claim(), at.prepaid() - prepaid));
    }
  }

  /** Takes out everyone who waits. */
  public List<Long> turnAwayWaiting() {
    var waiting = line.all().sorted(line.order()).map(Claim::session).toList();
    waiting.forEach(this::remove);
    return waiting;
  }

  /** Whether a session is one of those that run. */
  public boolean runs(long session) {
    return running.containsKey(session);
  }

  /** Sessions that run. */
  public int running() {
    return running.size();
  }

  /** Lengths of their canvases together. */
  public long runningTokens() {
    return runningTokens;
  }

  /** Sessions that wait. */
  public int waiting() {
    return line.size();
  }

  /** Lengths of their canvases together. */
  public long waitingTokens() {
    return line.tokens();
  }

  /** Tenants of whom something is remembered. */
  int tenants() {
    return share.size();
  }

  private List<Long> fill(Instant now) {
    var begun = new ArrayList<Long>();
    for (var next = next(now); next.isPresent(); next = next(now)) {
      var claim = next.get();
      share.begins(claim.tenant(), claim.tokens(), now);
      remove(claim.session());
      running.put(claim.session(), new Running(claim, claim.tokens()));
      runningTokens += claim.tokens();
      begun.add(claim.session());
    }
    return begun;
  }

  private Optional<Claim> next(Instant now) {
    if (running.size() >= limits.maxSessions()) {
      return Optional.empty();
    }
    for (var tenant : share.order(now, line.byFirst())) {
      for (var claim : line.of(tenant)) {
        if (runningTokens + claim.tokens() <= limits.maxTokens()) {
          return Optional.of(claim);
        }
        if (!now.isBefore(line.passedSince(claim, now).plus(limits.patience()))) {
          return Optional.empty(); // what becomes free is kept for this one
        }
      }
    }
    return Optional.empty();
  }

  private void remove(long session) {
    line.remove(session)
        .map(Claim::tenant)
        .filter(tenant -> !line.has(tenant))
        .ifPresent(share::waitsNoMore);
  }

  private Set<String> tenantsRunning() {
    return running.values().stream().map(at -> at.claim().tenant()).collect(Collectors.toSet());
  }
}
