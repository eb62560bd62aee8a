package io.redraft.actors.serving;

import java.time.Duration;
import java.time.InstantSource;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** A model's way to its device: the queue of work and the executor that computes it. */
final class DeviceLane {
  private DeviceLane() {}

  /**
   * Starts both as children of {@code context}, which ends with either of them: sessions that a
   * queue forgot would wait for ever.
   *
   * @param prefix of the children's names
   * @param thread where the model lives
   * @param reports told when the model comes and goes
   * @param accounts told what was computed for whom
   * @return where sessions ask for forward passes
   */
  static ActorRef<BatchScheduler.Command> spawn(
      ActorContext<?> context,
      String prefix,
      ServingSettings settings,
      ModelLoader loader,
      DispatcherSelector thread,
      InstantSource clock,
      ActorRef<DeviceExecutor.Report> reports,
      ActorRef<? super Serving.Computed> accounts) {
    var scheduler =
        context.spawn(BatchScheduler.create(settings, clock, accounts), prefix + "scheduler");
    context.watch(scheduler); // unhandled on purpose
    var device =
        context.spawn(
            Behaviors.supervise(DeviceExecutor.create(settings, loader, thread, scheduler, reports))
                .onFailure(SupervisorStrategy.restart().withLimit(10, Duration.ofMinutes(1))),
            prefix + "device",
            thread);
    context.watch(device); // likewise
    return scheduler;
  }
}
