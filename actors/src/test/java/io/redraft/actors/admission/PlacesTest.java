package io.redraft.actors.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PlacesTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** Room for everything but places. */
  private static AdmissionLimits places(int maxSessions, int maxQueued) {
    return new AdmissionLimits(maxSessions, 1 << 20, maxQueued, 1 << 20, SECOND);
  }

  private static Instant at(long seconds) {
    return Instant.EPOCH.plusSeconds(seconds);
  }

  /** Places, and beside them a record of who is where by what they answered. */
  private static final class Watched {
    private final AdmissionLimits limits;
    private final Places places;
    private final Map<Long, Claim> running = new HashMap<>();
    private final Map<Long, Claim> waiting = new HashMap<>();
    private Instant now = Instant.EPOCH;
    private long sessions;

    Watched(AdmissionLimits limits) {
      this.limits = limits;
      this.places = new Places(limits);
    }

    Places.Arrival arrive(String tenant, int priority, int tokens) {
      var claim = new Claim(++sessions, tenant, priority, tokens, now);
      waiting.put(claim.session(), claim);
      var arrival = places.arrive(claim);
      begin(arrival.begun());
      arrival.displaced().forEach(session -> assertThat(waiting.remove(session)).isNotNull());
      if (arrival.refused()) {
        assertThat(waiting.remove(claim.session())).isNotNull();
        assertThat(arrival.displaced()).as("nobody goes for one that is refused").isEmpty();
      }
      check();
      return arrival;
    }

    List<Long> leave(long session) {
      running.remove(session);
      waiting.remove(session);
      var begun = places.leave(session, now);
      begin(begun);
      check();
      return begun;
    }

    private void begin(List<Long> begun) {
      for (var session : begun) {
        running.put(session, waiting.remove(session));
        assertThat(running.get(session)).as("begins once, after it came").isNotNull();
      }
    }

    private void check() {
      assertThat(running.size()).isEqualTo(places.running()).isBetween(0, limits.maxSessions());
      assertThat(waiting.size()).isEqualTo(places.waiting()).isBetween(0, limits.maxQueued());
      assertThat(tokens(running)).isEqualTo(places.runningTokens());
      assertThat(tokens(waiting)).isEqualTo(places.waitingTokens());
      assertThat(tokens(running)).isLessThanOrEqualTo(limits.maxTokens());
      assertThat(tokens(waiting)).isLessThanOrEqualTo(limits.maxQueuedTokens());
      checkNothingStandsIdle();
    }

    private void checkNothingStandsIdle() {
      boolean place = running.size() < limits.maxSessions();
      boolean couldBegin = place && waiting.values().stream().anyMatch(this::fits);
      var patience = limits.ageing().multipliedBy(10);
      boolean keptForOne =
          waiting.values().stream()
              .filter(claim -> !fits(claim))
              .anyMatch(claim -> !now.isBefore(claim.arrived().plus(patience)));
      assertThat(couldBegin && !keptForOne).as("one that could begin waits").isFalse();
    }

    private boolean fits(Claim claim) {
      return tokens(running) + claim.tokens() <= limits.maxTokens();
    }

    private static long tokens(Map<Long, Claim> claims) {
      return claims.values().stream().mapToLong(Claim::tokens).sum();
    }
  }

  @Property(tries = 200)
  void limitsHoldAndNothingStandsIdleWhateverComesAndGoes(
      @ForAll @IntRange(min = 1, max = 5) int maxSessions,
      @ForAll @IntRange(min = 10, max = 40) int maxTokens,
      @ForAll @IntRange(min = 0, max = 6) int maxQueued,
      @ForAll @IntRange(min = 0, max = 40) int maxQueuedTokens,
      @ForAll @IntRange(min = 0, max = 3) int ageing,
      @ForAll long seed) {
    var random = new Random(seed);
    var limits =
        new AdmissionLimits(
            maxSessions, maxTokens, maxQueued, maxQueuedTokens, Duration.ofSeconds(ageing));
    var watched = new Watched(limits);
    for (int move = 0; move < 120; move++) {
      watched.now = watched.now.plusSeconds(random.nextInt(4));
      var present = new ArrayList<>(watched.running.keySet());
      present.addAll(watched.waiting.keySet());
      if (random.nextInt(5) < 2 && !present.isEmpty()) {
        watched.leave(present.get(random.nextInt(present.size())));
      } else {
        int tokens = 1 + random.nextInt(maxTokens);
        watched.arrive("abc".substring(random.nextInt(3)), random.nextInt(21) - 10, tokens);
      }
      for (var session : watched.running.keySet()) {
        watched.places.computed(session, random.nextInt(20));
      }
    }
    while (!watched.running.isEmpty()) {
      watched.now = watched.now.plusSeconds(1);
      watched.leave(watched.running.keySet().iterator().next());
    }
    assertThat(watched.waiting).as("everyone gets in once the others are gone").isEmpty();
  }

  @Property(tries = 200)
  void ofOneTenantTheHighestLevelBeginsFirst(
      @ForAll @IntRange(min = 0, max = 4) int ageing, @ForAll long seed) {
    var random = new Random(seed);
    var limits = new AdmissionLimits(1, 100, 100, 1000, Duration.ofSeconds(ageing));
    var watched = new Watched(limits);
    for (int i = 0; i < 30; i++) {
      watched.arrive("", random.nextInt(21) - 10, 1);
      watched.now = watched.now.plusSeconds(random.nextInt(3));
    }
    while (!watched.waiting.isEmpty()) {
      watched.now = watched.now.plusSeconds(random.nextInt(3));
      // By its definition, in seconds: priority × ageing + what it has waited.
      var expected =
          watched.waiting.values().stream()
              .max(
                  Comparator.<Claim>comparingLong(
                          claim ->
                              (long) claim.priority() * ageing
                                  + Duration.between(claim.arrived(), watched.now).toSeconds())
                      .thenComparing(claim -> -claim.session()))
              .orElseThrow();
      var running = watched.running.keySet().iterator().next();
      assertThat(watched.leave(running)).containsExactly(expected.session());
    }
  }

  @Test
  void aThousandRequestsOfOneTenantDelayAnothersSingleOneByOnePlace() {
    var watched = new Watched(places(64, 1000));
    for (int i = 0; i < 1000; i++) {
      watched.arrive("many", 100, 128);
    }
    watched.now = at(5);
    var single = watched.arrive("one", 0, 128);
    assertThat(single.begun()).isEmpty();
    watched.running.keySet().forEach(session -> watched.places.computed(session, 128));
    var first = watched.running.keySet().iterator().next();
    assertThat(watched.leave(first)).as("the first place that is free").containsExactly(1001L);
  }

  @Property(tries = 200)
  void atMostOneRequestOfEachOtherTenantBeginsBeforeANewcomer(
      @ForAll @IntRange(min = 1, max = 5) int tenants,
      @ForAll @IntRange(min = 1, max = 6) int maxSessions,
      @ForAll long seed) {
    var random = new Random(seed);
    // Nobody waits long enough to be due for that alone.
    var ageing = Duration.ofDays(1);
    var watched = new Watched(new AdmissionLimits(maxSessions, 1 << 20, 1000, 1 << 20, ageing));
    for (int move = 0; move < 200; move++) {
      watched.arrive("t" + random.nextInt(tenants), random.nextInt(5), 1 + random.nextInt(50));
      watched.running.keySet().forEach(s -> watched.places.computed(s, random.nextInt(200)));
      if (random.nextInt(3) == 0) {
        watched.leave(watched.running.keySet().iterator().next());
      }
    }
    watched.arrive("newcomer", -100, 1 + random.nextInt(50));
    var before = new HashMap<String, Integer>();
    boolean begun = watched.running.values().stream().anyMatch(c -> c.tenant().equals("newcomer"));
    while (!begun) {
      watched.running.keySet().forEach(s -> watched.places.computed(s, random.nextInt(200)));
      for (var session : watched.leave(watched.running.keySet().iterator().next())) {
        var tenant = watched.running.get(session).tenant();
        begun |= tenant.equals("newcomer");
        before.merge(tenant, 1, Integer::sum);
      }
    }
    assertThat(before.values()).allMatch(count -> count == 1);
  }

  @Property(tries = 200)
  void twoTenantsThatAlwaysWaitBeginEquallyManyTokensUpToTheLongestCanvas(
      @ForAll @IntRange(min = 1, max = 8) int maxSessions, @ForAll long seed) {
    int longest = 50;
    var random = new Random(seed);
    var watched =
        new Watched(new AdmissionLimits(maxSessions, 1 << 20, 1000, 1 << 20, Duration.ofDays(1)));
    watched.arrive("opening", 0, 1);
    for (int i = 1; i < maxSessions; i++) {
      watched.arrive("opening", 0, 1);
    }
    var begun = new HashMap<String, Long>(Map.of("a", 0L, "b", 0L, "opening", 0L));
    for (int i = 0; i < 100; i++) {
      // Ever more of a, in the highest priority, are of no use to it.
      watched.arrive("a", 100, 1 + random.nextInt(longest));
      watched.arrive("a", 100, 1 + random.nextInt(longest));
      watched.arrive("b", 0, 1 + random.nextInt(longest));
      for (var session : watched.leave(watched.running.keySet().iterator().next())) {
        var claim = watched.running.get(session);
        begun.merge(claim.tenant(), (long) claim.tokens(), Long::sum);
      }
      assertThat(watched.waiting.values().stream().map(Claim::tenant)).contains("a", "b");
      assertThat(Math.abs(begun.get("a") - begun.get("b"))).isLessThanOrEqualTo(longest);
    }
  }

  @Property(tries = 200)
  void oneThatDoesNotFitGetsInAlthoughSmallerOnesOfEverNewTenantsKeepComing(
      @ForAll @IntRange(min = 1, max = 4) int maxSessions,
      @ForAll @IntRange(min = 1, max = 5) int lifetime,
      @ForAll boolean everNewTenants,
      @ForAll long seed) {
    var random = new Random(seed);
    int maxQueued = 10;
    var watched = new Watched(new AdmissionLimits(maxSessions, 100, maxQueued, 1 << 20, SECOND));
    var ends = new HashMap<Long, Instant>();
    watched.arrive("", 0, 1);
    assertThat(watched.arrive("large", 0, 100).refused()).isFalse();
    long large = 2;
    // Passed for 10 s; due after 10 s; before it those that were due earlier, one after the other.
    int bound = 20 + (maxQueued + 2) * lifetime;
    for (int second = 0; second <= bound; second++) {
      watched.now = at(second);
      var over =
          watched.running.keySet().stream()
              .filter(s -> !watched.now.isBefore(ends.getOrDefault(s, Instant.MAX)))
              .toList();
      over.forEach(watched::leave);
      for (int i = 0; i < 3; i++) {
        var tenant = everNewTenants ? "new" + watched.sessions : "crowd";
        watched.arrive(tenant, random.nextInt(5), 1 + random.nextInt(30));
      }
      for (var session : watched.running.keySet()) {
        ends.computeIfAbsent(session, s -> watched.now.plusSeconds(1 + random.nextInt(lifetime)));
      }
      if (watched.running.containsKey(large)) {
        assertThat(second).isLessThanOrEqualTo(10 + bound);
        return;
      }
      assertThat(watched.waiting).as("not displaced").containsKey(large);
    }
    assertThat(watched.running).as("it begins in the end").containsKey(large);
  }

  @Test
  void oneThatDoesNotFitIsPassedByOthersAndThenByNobody() {
    var watched = new Watched(new AdmissionLimits(8, 100, 8, 1000, SECOND));
    watched.arrive("", 0, 60);
    watched.arrive("", 0, 90); // 2 waits for 1
    watched.now = at(9);
    assertThat(watched.arrive("", 0, 10).begun()).as("it fits beside 1").containsExactly(3L);
    watched.now = at(10);
    assertThat(watched.arrive("", 0, 10).begun()).as("2 was passed for 10 s").isEmpty();
    assertThat(watched.leave(3)).as("kept for 2").isEmpty();
    assertThat(watched.leave(1)).containsExactly(2L, 4L);
  }

  @Test
  void theTenantThatFillsTheQueueMakesRoomForAnother() {
    var watched = new Watched(places(1, 4));
    for (int i = 0; i < 5; i++) {
      watched.arrive("many", 0, 10); // 1 runs, 2 to 5 wait
    }
    assertThat(watched.arrive("many", 0, 10).refused()).as("its own queue is full").isTrue();
    assertThat(watched.arrive("one", 0, 10).displaced()).as("the youngest").containsExactly(5L);
    assertThat(watched.arrive("one", 0, 10).displaced()).containsExactly(4L);
    assertThat(watched.arrive("one", 0, 10).refused()).as("both have two").isTrue();
  }

  @Test
  void shortageOfQueuedTokensIsMendedByWhoHoldsMostOfThem() {
    var watched = new Watched(new AdmissionLimits(1, 100, 10, 100, SECOND));
    watched.arrive("x", 0, 1);
    watched.arrive("long", 0, 80); // 2
    watched.arrive("short", 0, 5); // 3
    watched.arrive("short", 0, 5); // 4
    assertThat(watched.arrive("short", 0, 15).displaced()).containsExactly(2L);
    assertThat(watched.arrive("other", 0, 101 - 1).refused()).as("all of it for one").isTrue();
  }

  @Test
  void anUrgentRequestTakesTheQueuePositionOfTheLeastUrgentOfItsTenant() {
    var watched = new Watched(places(1, 2));
    watched.arrive("", 0, 1);
    watched.arrive("", -5, 1); // 2
    watched.arrive("", 0, 1); // 3
    assertThat(watched.arrive("", 1, 1).displaced()).containsExactly(2L);
    watched.now = at(2);
    assertThat(watched.arrive("", 1, 1).refused()).as("3 has risen by two levels").isTrue();
  }

  @Test
  void beingAwaySavesNothingUp() {
    var watched = new Watched(places(1, 20));
    watched.arrive("busy", 0, 10);
    for (long session = 1; session <= 50; session++) {
      watched.arrive("busy", 0, 10); // one after the other, while the other tenant is away
      watched.leave(session);
    }
    var tenants = new ArrayList<String>();
    for (int i = 0; i < 4; i++) {
      watched.arrive("busy", 0, 10);
      watched.arrive("away", 0, 10);
    }
    for (int i = 0; i < 6; i++) {
      var begun = watched.leave(watched.running.keySet().iterator().next()).get(0);
      tenants.add(watched.running.get(begun).tenant());
    }
    assertThat(tenants).containsExactly("away", "busy", "away", "busy", "away", "busy");
  }

  @Test
  void aTenantThatWasGivenMuchIsNextAfterTenSecondsHoweverManyNewOnesCome() {
    var watched = new Watched(places(1, 20));
    watched.arrive("debtor", 0, 10);
    watched.places.computed(1, 1_000_000);
    watched.arrive("debtor", 0, 10); // 2
    int second = 0;
    while (!watched.running.containsKey(2L) && second < 100) {
      watched.now = at(++second);
      watched.arrive("new " + second, 0, 10);
      watched.leave(watched.running.keySet().iterator().next());
    }
    assertThat(second).isEqualTo(11);
  }

  @Test
  void tenantsThatAreGoneAreForgotten() {
    var watched = new Watched(places(2, 2));
    for (int i = 0; i < 100; i++) {
      watched.now = at(i);
      watched.arrive("tenant " + i, 0, 10);
      watched.leave(i + 1);
    }
    // Away for less than ten seconds, or never charged beyond the others.
    assertThat(watched.places.tenants()).isLessThanOrEqualTo(11);
  }

  @Test
  void leavingTwiceFreesOnePlace() {
    var watched = new Watched(places(1, 3));
    for (int i = 0; i < 3; i++) {
      watched.arrive("", 0, 1);
    }
    assertThat(watched.leave(1)).containsExactly(2L);
    assertThat(watched.leave(1)).isEmpty();
  }

  @Test
  void whoWaitsCanBeTurnedAwayTogetherInOrder() {
    var watched = new Watched(places(1, 3));
    watched.arrive("", 0, 1);
    watched.arrive("a", 0, 1);
    watched.arrive("b", 1, 1);
    assertThat(watched.places.turnAwayWaiting()).containsExactly(3L, 2L);
    assertThat(watched.places.waiting()).isZero();
    assertThat(watched.places.leave(1, at(1))).isEmpty();
  }
}
