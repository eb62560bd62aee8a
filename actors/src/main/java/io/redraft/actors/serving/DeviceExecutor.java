package io.redraft.actors.serving;

import java.time.Duration;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * The owner of one device: it starts the {@link ModelShard}s on it and keeps them alive. It and
 * they run on the device's dispatcher, which has one thread, the only one that makes native calls
 * for that device.
 *
 * <pre>
 *               ┌───── shard gone ─────┐
 *               ▼                      │
 *   (start) ─▶ LOADING ── loaded ──▶ SERVING
 *               │   ▲
 *   not loadable│   │ back-off over
 *               ▼   │
 *             WAITING
 * </pre>
 *
 * <p>A shard that dies under a forward is replaced at once: the cause may have been that one batch.
 * A model that cannot be loaded is tried again after a back-off that doubles, for as long as the
 * node lives, because a full device or a file system that is away may recover, while sessions are
 * told at once that nobody serves them.
 *
 * <p>Supervision: <b>restart</b>. It holds no state that a fresh start does not rebuild, and its
 * children are stopped first, so the model is freed before it is loaded again.
 */
final class DeviceExecutor extends AbstractBehavior<DeviceExecutor.Command> {
  /** What happens on a device. */
  sealed interface Command {}

  /** A shard has its weights in memory. */
  record Loaded(ActorRef<ModelShard.Command> shard, ModelInfo model) implements Command {}

  /** A shard could not be loaded; it ends. */
  record LoadFailed(Failure failure) implements Command {}

  private record ShardGone(ActorRef<ModelShard.Command> shard) implements Command {}

  private record LoadAgain() implements Command {}

  /** What the owner of the device is told. */
  sealed interface Report {}

  /** Forwards are computed from now on. */
  record Up(ModelInfo model) implements Report {}

  /** No forward is computed until the next {@link Up}. */
  record Down(Failure failure) implements Report {}

  private final ServingSettings settings;
  private final ModelLoader loader;
  private final DispatcherSelector thread;
  private final ActorRef<BatchScheduler.Command> scheduler;
  private final ActorRef<Report> owner;
  private final TimerScheduler<Command> timers;
  private ActorRef<ModelShard.Command> shard;
  private boolean loading;
  private Duration backoff;

  /**
   * Starts loading; {@code scheduler} gets the shard, {@code owner} the reports.
   *
   * @param thread the device's, where shards live
   */
  static Behavior<Command> create(
      ServingSettings settings,
      ModelLoader loader,
      DispatcherSelector thread,
      ActorRef<BatchScheduler.Command> scheduler,
      ActorRef<Report> owner) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new DeviceExecutor(context, timers, settings, loader, thread, scheduler, owner)
                        .load()));
  }

  private DeviceExecutor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      ServingSettings settings,
      ModelLoader loader,
      DispatcherSelector thread,
      ActorRef<BatchScheduler.Command> scheduler,
      ActorRef<Report> owner) {
    super(context);
    this.timers = timers;
    this.settings = settings;
    this.loader = loader;
    this.thread = thread;
    this.scheduler = scheduler;
    this.owner = owner;
    this.backoff = settings.reloadBackoff();
    // After a restart the scheduler may still hold the shard of the life before.
    scheduler.tell(new BatchScheduler.DeviceDown());
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Loaded.class, this::onLoaded)
        .onMessage(LoadFailed.class, this::onLoadFailed)
        .onMessage(ShardGone.class, this::onShardGone)
        .onMessage(LoadAgain.class, again -> load())
        .build();
  }

  private Behavior<Command> load() {
    loading = true;
    shard =
        getContext()
            .spawnAnonymous(
                ModelShard.create(settings, loader, BlockRange.WHOLE, getContext().getSelf()),
                thread);
    getContext().watchWith(shard, new ShardGone(shard));
    return this;
  }

  private Behavior<Command> onLoaded(Loaded loaded) {
    loading = false;
    backoff = settings.reloadBackoff();
    scheduler.tell(new BatchScheduler.DeviceUp(loaded.shard()));
    owner.tell(new Up(loaded.model()));
    return this;
  }

  private Behavior<Command> onLoadFailed(LoadFailed failed) {
    return waitAndLoadAgain(failed.failure());
  }

  private Behavior<Command> onShardGone(ShardGone gone) {
    if (!gone.shard().equals(shard)) {
      return this; // its failed load is already dealt with
    }
    if (loading) {
      return waitAndLoadAgain(Failure.lost());
    }
    getContext().getLog().warn("The model is loaded again after a forward pass failed");
    scheduler.tell(new BatchScheduler.DeviceDown());
    return load();
  }

  private Behavior<Command> waitAndLoadAgain(Failure failure) {
    loading = false;
    shard = null;
    // What is wrong with the files is for the operator, not for the clients.
    scheduler.tell(new BatchScheduler.DeviceLost(Failure.lost()));
    owner.tell(new Down(failure));
    timers.startSingleTimer(new LoadAgain(), backoff);
    var doubled = backoff.multipliedBy(2);
    backoff =
        doubled.compareTo(settings.maxReloadBackoff()) > 0 ? settings.maxReloadBackoff() : doubled;
    return this;
  }
}
