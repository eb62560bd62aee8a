package io.redraft.actors.serving;

import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** A model's way to its device: the queue of work and the executor that computes it. */
final class DeviceLane {
  private DeviceLane() {}

  /**
   * Starts both as children of {@link Serving}, which ends with either of them: sessions that a
   * queue forgot would wait for ever.
   *
   * @param prefix of the children's names
   * @param thread where the model lives
   * @param report how serving is told that the model comes and goes
   * @return where sessions ask for forward passes
   */
  static ActorRef<BatchScheduler.Command> spawn(
      ActorContext<Serving.Command> context,
      String prefix,
      ServingSettings settings,
      ModelLoader loader,
      DispatcherSelector thread,
      InstantSource clock,
      Function<DeviceExecutor.Report, Serving.Command> report) {
    var self = context.getSelf();
    var scheduler =
        context.spawn(BatchScheduler.create(settings, clock, self), prefix + "scheduler");
    context.watch(scheduler); // unhandled on purpose
    // Not a message adapter: that would know one meaning of a report only, and there are two lanes.
    Behavior<DeviceExecutor.Report> told =
        Behaviors.receiveMessage(
            reported -> {
              self.tell(report.apply(reported));
              return Behaviors.same();
            });
    var reports = context.spawn(told, prefix + "reports");
    var executor = DeviceExecutor.create(settings, loader, thread, scheduler, reports);
    var device =
        context.spawn(
            Behaviors.supervise(executor)
                .onFailure(SupervisorStrategy.restart().withLimit(10, Duration.ofMinutes(1))),
            prefix + "device",
            thread);
    context.watch(device); // likewise
    return scheduler;
  }
}
