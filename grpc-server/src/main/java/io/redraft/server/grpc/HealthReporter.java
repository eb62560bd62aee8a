package io.redraft.server.grpc;

import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.redraft.actors.serving.Serving;
import io.redraft.actors.serving.ServingPhase;
import io.redraft.proto.v1.GenerationGrpc;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Tells the standard health service whether texts can be asked for, for as long as the node lives.
 * When serving is gone for good, or this actor is, health says that it does not serve.
 *
 * <p>Supervision: <b>stop</b>, with that last word; it holds nothing that could be rebuilt.
 */
public final class HealthReporter {
  private HealthReporter() {}

  /** A watcher of {@code serving}'s phases. */
  public static Behavior<ServingPhase> create(
      ActorRef<Serving.Command> serving, HealthStatusManager health) {
    return Behaviors.setup(
        context -> {
          context.watch(serving);
          serving.tell(new Serving.WatchPhase(context.getSelf()));
          return Behaviors.receive(ServingPhase.class)
              .onMessage(
                  ServingPhase.class,
                  phase -> {
                    report(health, phase instanceof ServingPhase.Ready);
                    return Behaviors.same();
                  })
              .onSignal(Terminated.class, gone -> Behaviors.stopped())
              .onSignal(
                  PostStop.class,
                  stop -> {
                    report(health, false);
                    return Behaviors.same();
                  })
              .build();
        });
  }

  private static void report(HealthStatusManager health, boolean serving) {
    var status = serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
    health.setStatus(GenerationGrpc.SERVICE_NAME, status);
  }
}
