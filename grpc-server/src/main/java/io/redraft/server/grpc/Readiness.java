package io.redraft.server.grpc;

import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.redraft.actors.serving.ModelInfo;
import io.redraft.actors.serving.Serving;
import io.redraft.actors.serving.ServingPhase;
import io.redraft.model.InvalidInputException;
import io.redraft.proto.v1.GenerationGrpc;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Tells the standard health service, for as long as the node lives, whether texts can be asked for,
 * and whoever started the node, once, whether its model could be loaded.
 *
 * <p>Supervision: <b>stop</b>. It holds nothing; were it to fail, health would keep its last word.
 */
public final class Readiness extends AbstractBehavior<ServingPhase> {
  private final HealthStatusManager health;
  private final CompletableFuture<ModelInfo> firstReady;

  /**
   * A watcher of {@code serving}'s phases.
   *
   * @param firstReady completed with the model, or exceptionally with why there is none: {@link
   *     InvalidInputException} where a user can mend it
   */
  public static Behavior<ServingPhase> create(
      ActorRef<Serving.Command> serving,
      HealthStatusManager health,
      CompletableFuture<ModelInfo> firstReady) {
    return Behaviors.setup(
        context -> {
          serving.tell(new Serving.WatchPhase(context.getSelf()));
          return new Readiness(context, health, firstReady);
        });
  }

  private Readiness(
      ActorContext<ServingPhase> context,
      HealthStatusManager health,
      CompletableFuture<ModelInfo> firstReady) {
    super(context);
    this.health = health;
    this.firstReady = firstReady;
  }

  @Override
  public Receive<ServingPhase> createReceive() {
    return newReceiveBuilder().onMessage(ServingPhase.class, this::onPhase).build();
  }

  private Behavior<ServingPhase> onPhase(ServingPhase phase) {
    boolean ready = phase instanceof ServingPhase.Ready;
    var status = ready ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
    health.setStatus(GenerationGrpc.SERVICE_NAME, status);
    if (phase instanceof ServingPhase.Ready up) {
      firstReady.complete(up.model());
    } else if (phase instanceof ServingPhase.Unavailable down) {
      firstReady.completeExceptionally(
          down.field().isEmpty()
              ? new IllegalStateException(down.message())
              : new InvalidInputException(down.field(), down.message()));
    }
    return this;
  }
}
