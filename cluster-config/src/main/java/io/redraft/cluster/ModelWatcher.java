package io.redraft.cluster;

import io.redraft.actors.serving.ModelInfo;
import io.redraft.actors.serving.Serving;
import io.redraft.actors.serving.ServingPhase;
import io.redraft.model.InvalidInputException;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Waits for serving to have its model, or to have failed, and completes a future with that.
 *
 * <p>Supervision: <b>stop</b>, which fails the future; whoever waits must not wait for ever.
 */
final class ModelWatcher {
  private ModelWatcher() {}

  static Behavior<ServingPhase> create(
      ActorRef<Serving.Command> serving, CompletableFuture<ModelInfo> outcome) {
    return Behaviors.setup(
        context -> {
          context.watch(serving); // its end ends this actor, and so the waiting
          serving.tell(new Serving.WatchPhase(context.getSelf()));
          return Behaviors.receive(ServingPhase.class)
              .onMessage(ServingPhase.Loading.class, loading -> Behaviors.same())
              .onMessage(
                  ServingPhase.Ready.class,
                  ready -> {
                    outcome.complete(ready.model());
                    return Behaviors.stopped();
                  })
              .onMessage(ServingPhase.Unavailable.class, not -> fail(outcome, failure(not)))
              .onMessage(ServingPhase.Draining.class, draining -> fail(outcome, stopping()))
              .onSignal(
                  PostStop.class,
                  stop -> {
                    outcome.completeExceptionally(stopping());
                    return Behaviors.same();
                  })
              .build();
        });
  }

  private static Behavior<ServingPhase> fail(
      CompletableFuture<ModelInfo> outcome, RuntimeException failure) {
    outcome.completeExceptionally(failure);
    return Behaviors.stopped();
  }

  private static RuntimeException failure(ServingPhase.Unavailable not) {
    return not.field().isEmpty()
        ? new IllegalStateException(not.message())
        : new InvalidInputException(not.field(), not.message());
  }

  private static RuntimeException stopping() {
    return new IllegalStateException("the node stops before its model is loaded");
  }
}
