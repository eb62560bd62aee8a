package io.redraft.actors.serving;

import io.redraft.actors.admission.Claim;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Step-level continuous batching for one device: sessions say that they are ready, the scheduler
 * gathers them by shape, sends one forward at a time to the shard and scatters what comes back.
 * Sessions join and leave between any two steps.
 *
 * <pre>
 *   NO DEVICE ── device up ──▶ IDLE ── someone is ready, nobody is awaited ──▶ IN FLIGHT
 *       ▲                       ▲                                             │   │
 *       │                       └── done; the batch's sessions are awaited ───┘   │
 *       └────────── the batch failed, or the device is down ──────────────────────┘
 * </pre>
 *
 * <p>After a forward, its sessions decide what to commit, which takes microseconds, and come back,
 * rest or end. The next forward waits until each of them has, or rests: otherwise the first to
 * answer would go alone and the others would wait for it, and batches would stay half empty for
 * ever. A session that stops, for whatever reason, is watched and so never waited for in vain.
 *
 * <p>A forward that fails fails its own sessions only. Whoever waits goes on when the device is
 * back; a session whose cached keys and values were lost with it is told to fill them again.
 *
 * <p>Supervision: <b>stop, and {@link Serving} ends with it</b>. A queue that was lost cannot be
 * rebuilt from outside, and sessions that nobody remembers would hang; so the whole of serving
 * starts afresh, and every open session tells its client that it failed.
 */
final class BatchScheduler extends AbstractBehavior<BatchScheduler.Command> {
  /** What the scheduler is told. */
  sealed interface Command {}

  /**
   * A session wants one forward pass; answered by a message of {@link GenerationSession}.
   *
   * @param priority see {@link BatchQueue}
   */
  record Ready(long session, ActorRef<GenerationSession.Command> replyTo, Work work, int priority)
      implements Command {}

  /** A session has nothing to ask for now; it will say when it is ready again. */
  record Resting(long session) implements Command {}

  /** Forwards can be sent to this shard. */
  record DeviceUp(ActorRef<ModelShard.Command> shard) implements Command {}

  /** No forward can be sent, but the model is being loaded: who waits, waits on. */
  record DeviceDown() implements Command {}

  /** No forward can be sent for some time: nobody is left waiting. */
  record DeviceLost(Failure failure) implements Command {}

  /** A forward's results, in the order of its work. */
  record BatchDone(long batch, List<Outcome> outcomes) implements Command {}

  /** A forward failed; the shard that computed it is ending. */
  record BatchFailed(long batch, Failure failure) implements Command {}

  private record Left(long session) implements Command {}

  /** A session that has not ended; {@code cachedOn}: the device life that holds its cache. */
  private record Seat(ActorRef<GenerationSession.Command> session, long cachedOn) {}

  private final BatchQueue queue;
  private final Duration ageing;
  private final InstantSource clock;
  private final ActorRef<? super Serving.Computed> accounts;
  private final Map<Long, Seat> seats = new HashMap<>();
  private final Set<Long> awaited = new HashSet<>();

  /** Of sessions that were told to begin again: they lose their cache, but not their turn. */
  private final Map<Long, Instant> ranks = new HashMap<>();

  private List<BatchQueue.Entry> inFlight = List.of();
  private long batches;
  private ActorRef<ModelShard.Command> shard;
  private Failure lost;
  private long deviceLife;

  /**
   * A scheduler without a device; sessions may already say that they are ready.
   *
   * @param accounts told what was computed for whom
   */
  static Behavior<Command> create(
      ServingSettings settings, InstantSource clock, ActorRef<? super Serving.Computed> accounts) {
    return Behaviors.setup(context -> new BatchScheduler(context, settings, clock, accounts));
  }

  private BatchScheduler(
      ActorContext<Command> context,
      ServingSettings settings,
      InstantSource clock,
      ActorRef<? super Serving.Computed> accounts) {
    super(context);
    this.ageing = settings.ageing();
    this.clock = clock;
    this.accounts = accounts;
    this.queue = new BatchQueue(settings.maxBatch(), settings.maxBatchTokens());
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Ready.class, this::onReady)
        .onMessage(Resting.class, this::onResting)
        .onMessage(Left.class, this::onLeft)
        .onMessage(BatchDone.class, this::onBatchDone)
        .onMessage(BatchFailed.class, this::onBatchFailed)
        .onMessage(DeviceUp.class, this::onDeviceUp)
        .onMessage(DeviceDown.class, this::onDeviceDown)
        .onMessage(DeviceLost.class, this::onDeviceLost)
        .build();
  }

  private Behavior<Command> onReady(Ready ready) {
    if (!seats.containsKey(ready.session())) {
      seats.put(ready.session(), new Seat(ready.replyTo(), 0));
      getContext().watchWith(ready.replyTo(), new Left(ready.session()));
    }
    awaited.remove(ready.session());
    if (lost != null) {
      ready.replyTo().tell(new GenerationSession.StepFailed(lost));
    } else {
      var kept = ranks.remove(ready.session());
      var rank = kept == null ? Claim.rank(clock.instant(), ready.priority(), ageing) : kept;
      queue.add(new BatchQueue.Entry(ready.session(), ready.work(), rank));
    }
    return dispatch();
  }

  private Behavior<Command> onResting(Resting resting) {
    awaited.remove(resting.session());
    return dispatch();
  }

  private Behavior<Command> onLeft(Left left) {
    var seat = seats.remove(left.session());
    queue.remove(left.session());
    awaited.remove(left.session());
    ranks.remove(left.session());
    if (shard != null && seat.cachedOn() == deviceLife) {
      shard.tell(new ModelShard.Release(left.session()));
    }
    return dispatch();
  }

  private Behavior<Command> onBatchDone(BatchDone done) {
    if (done.batch() != batches || inFlight.isEmpty()) {
      return this; // of a shard that was given up meanwhile
    }
    for (int i = 0; i < inFlight.size(); i++) {
      var session = inFlight.get(i).session();
      var seat = seats.get(session);
      if (seat != null) {
        awaited.add(session);
        seat.session().tell(new GenerationSession.Stepped(done.outcomes().get(i)));
      }
    }
    tellAccounts();
    inFlight = List.of();
    return dispatch();
  }

  private void tellAccounts() {
    var tokens =
        inFlight.stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    BatchQueue.Entry::session, entry -> entry.work().tokens()));
    accounts.tell(new Serving.Computed(tokens));
  }

  private Behavior<Command> onBatchFailed(BatchFailed failed) {
    if (failed.batch() == batches) {
      shard = null;
      failInFlight(failed.failure());
    }
    return this;
  }

  private Behavior<Command> onDeviceUp(DeviceUp up) {
    shard = up.shard();
    lost = null;
    deviceLife++;
    return dispatch();
  }

  private Behavior<Command> onDeviceDown(DeviceDown down) {
    shard = null;
    failInFlight(Failure.lost());
    return this;
  }

  private Behavior<Command> onDeviceLost(DeviceLost down) {
    shard = null;
    lost = down.failure();
    failInFlight(down.failure());
    queue.drain().forEach(entry -> fail(entry.session(), down.failure()));
    return this;
  }

  private void failInFlight(Failure failure) {
    inFlight.forEach(entry -> fail(entry.session(), failure));
    inFlight = List.of();
  }

  private void fail(long session, Failure failure) {
    var seat = seats.get(session);
    if (seat != null) {
      seat.session().tell(new GenerationSession.StepFailed(failure));
    }
  }

  private Behavior<Command> dispatch() {
    if (shard == null || !inFlight.isEmpty() || !awaited.isEmpty()) {
      return this;
    }
    while (inFlight.isEmpty() && !queue.isEmpty()) {
      inFlight = queue.next().stream().filter(this::hasItsCache).toList();
    }
    if (!inFlight.isEmpty()) {
      var work = inFlight.stream().map(BatchQueue.Entry::work).toList();
      shard.tell(new ModelShard.Forward(++batches, work, getContext().getSelf()));
    }
    return this;
  }

  /** Whether the device holds what this work builds upon; if not, its session fills it again. */
  private boolean hasItsCache(BatchQueue.Entry entry) {
    var seat = seats.get(entry.session());
    if (entry.work().needsCache() && seat.cachedOn() != deviceLife) {
      awaited.add(entry.session());
      ranks.put(entry.session(), entry.rank());
      seat.session().tell(new GenerationSession.CacheLost());
      return false;
    }
    if (entry.work().leavesCache()) {
      seats.put(entry.session(), new Seat(seat.session(), deviceLife));
    }
    return true;
  }
}
