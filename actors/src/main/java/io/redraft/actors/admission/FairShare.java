package io.redraft.actors.admission;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Whose turn it is: tenants share a node equally, counted in computed tokens (length of the canvas,
 * once for every pass).
 *
 * <p>Each tenant has a counter. The waiting tenant with the smallest one is next; the <i>virtual
 * time</i> is the largest counter that a tenant had when it was. Whoever begins to wait is lifted
 * to the virtual time, so that nobody saves up a right by being away. A canvas is charged once when
 * it begins, and every further pass when it is computed.
 *
 * <p>So a tenant that comes with one request stands at the virtual time, or above it only for what
 * itself was given. All tenants that wait stand there or above too, and above once one of theirs
 * has begun: <b>at most one request of each other waiting tenant begins before it</b>, and none of
 * the one that began last, however many wait. Between two tenants that wait all the time, what was
 * charged when canvases began differs by at most the longest canvas.
 *
 * <p>One exception keeps tenants from starving while ever new ones arrive: a tenant that has waited
 * {@code patience} since it last began one goes before all that have not, the longest wait first.
 *
 * <p>This is start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996) with the costs known
 * only as they arise, as in the virtual token counter of Sheng et al., "Fairness in Serving Large
 * Language Models" (OSDI 2024).
 */
final class FairShare {
  /** A tenant's counter, and when it last began one or began to wait. */
  private static final class Account {
    private long counter;
    private Instant turn;
    private boolean waits;
    private Instant idleSince;
  }

  private final Duration patience;
  private final Map<String, Account> accounts = new HashMap<>();
  private long virtualTime;

  FairShare(Duration patience) {
    this.patience = patience;
  }

  /** A tenant has something that waits. */
  void waits(String tenant, Instant now) {
    var account = accounts.computeIfAbsent(tenant, name -> new Account());
    account.idleSince = null;
    if (!account.waits) {
      account.waits = true;
      account.counter = Math.max(account.counter, virtualTime);
      account.turn = now;
    }
  }

  /** A tenant has nothing any more that waits. */
  void waitsNoMore(String tenant) {
    accounts.get(tenant).waits = false;
  }

  /** It was a waiting tenant's turn: a canvas of so many tokens begins. */
  void begins(String tenant, int tokens, Instant now) {
    var account = accounts.get(tenant);
    virtualTime = Math.max(virtualTime, account.counter);
    account.counter += tokens;
    account.turn = now;
  }

  /** So many tokens more were computed for a tenant that has not been {@link #forget forgotten}. */
  void computed(String tenant, long tokens) {
    accounts.get(tenant).counter += tokens;
  }

  /**
   * Drops the accounts of those who neither wait nor run: at once where they would be lifted
   * anyway, else after {@code patience}. So there are as many as tenants came within that time.
   */
  void forget(Set<String> running, Instant now) {
    accounts
        .entrySet()
        .removeIf(entry -> !running.contains(entry.getKey()) && forgettable(entry.getValue(), now));
  }

  private boolean forgettable(Account account, Instant now) {
    if (account.waits) {
      return false;
    }
    if (account.idleSince == null) {
      account.idleSince = now;
    }
    return account.counter <= virtualTime || !now.isBefore(account.idleSince.plus(patience));
  }

  /** The waiting tenants, whose turn it is first; {@code tie} decides between equal counters. */
  List<String> order(Instant now, Comparator<String> tie) {
    var due = now.minus(patience);
    Comparator<String> overdue =
        Comparator.comparing(
            tenant -> accounts.get(tenant).turn.isBefore(due) ? accounts.get(tenant).turn : now);
    return accounts.entrySet().stream()
        .filter(entry -> entry.getValue().waits)
        .map(Map.Entry::getKey)
        .sorted(
            overdue
                .thenComparing((String tenant) -> accounts.get(tenant).counter)
                .thenComparing(tie))
        .toList();
  }

  /** Tenants that have an account. */
  int size() {
    return accounts.size();
  }
}
