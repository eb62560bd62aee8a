package io.redraft.actors.serving;

import io.redraft.actors.serving.GenerationEvent.Refusal;
import io.redraft.model.decode.CausalModel.ExtendTask;
import io.redraft.model.decode.DenoiseTask;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * The weights of a range of a network's blocks (of all of them, so far) on one device, and the
 * forward passes over them. It lives on the device's dispatcher, which has one thread: the model is
 * loaded, used and closed there and nowhere else.
 *
 * <pre>
 *   (start) ── loaded ──▶ serving ── stop, or a forward that throws ──▶ closed (model freed)
 *      └───── not loadable ────────────────────────────────────────────▶ closed
 * </pre>
 *
 * <p>Supervision: <b>stop</b>. What a failed forward leaves in native memory is unknown, so a shard
 * never goes on: it answers the batch, frees the model and ends. {@link DeviceExecutor} watches it
 * and starts another one, which loads the model anew.
 */
final class ModelShard extends AbstractBehavior<ModelShard.Command> {
  /** What a shard is asked. */
  sealed interface Command {}

  /** One forward pass; answered by {@link BatchScheduler.BatchDone} or {@code BatchFailed}. */
  record Forward(long batch, List<Work> work, ActorRef<BatchScheduler.Command> replyTo)
      implements Command {}

  /** The sequence has ended; its cached keys and values can go. */
  record Release(long sequence) implements Command {}

  private final LoadedModel model;

  /** Loads these blocks and tells {@code owner} how that went. */
  static Behavior<Command> create(
      ServingSettings settings,
      ModelLoader loader,
      BlockRange blocks,
      ActorRef<DeviceExecutor.Command> owner) {
    return Behaviors.setup(
        context -> {
          LoadedModel model;
          try {
            model = load(settings, loader, blocks);
          } catch (Exception | LinkageError e) {
            // A native library that is missing or does not fit arrives as a LinkageError, which no
            // supervisor handles; it is as much a failed load as a file that is cut.
            var failure = Failure.ofLoad(e);
            if (failure.refusal() == Refusal.INTERNAL) {
              context.getLog().error("The model could not be loaded", e);
            }
            owner.tell(new DeviceExecutor.LoadFailed(failure));
            return Behaviors.stopped();
          }
          owner.tell(new DeviceExecutor.Loaded(context.getSelf(), model.info()));
          return new ModelShard(context, model);
        });
  }

  /** A model that has computed what it computes more slowly at first. */
  private static LoadedModel load(ServingSettings settings, ModelLoader loader, BlockRange blocks)
      throws IOException {
    var model = loader.load(blocks);
    try {
      if (settings.warmUp()) {
        WarmUp.run(model, settings.maxBatchTokens());
      }
      return model;
    } catch (RuntimeException | Error failed) {
      model.close();
      throw failed;
    }
  }

  private ModelShard(ActorContext<Command> context, LoadedModel model) {
    super(context);
    this.model = model;
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Forward.class, this::onForward)
        .onMessage(Release.class, this::onRelease)
        .onSignal(PostStop.class, signal -> onPostStop())
        .build();
  }

  private Behavior<Command> onForward(Forward forward) {
    List<Outcome> outcomes;
    try {
      outcomes = forward(forward.work());
    } catch (RuntimeException e) {
      forward.replyTo().tell(new BatchScheduler.BatchFailed(forward.batch(), Failure.ofStep(e)));
      throw e;
    } catch (OutOfMemoryError e) {
      // Buffers outside the heap end in this error too. It would end the process, but memory that
      // one batch had no room for says nothing about the next, and the model is freed at once.
      forward.replyTo().tell(new BatchScheduler.BatchFailed(forward.batch(), Failure.ofStep(e)));
      throw new IllegalStateException("a forward pass ran out of memory", e);
    }
    forward.replyTo().tell(new BatchScheduler.BatchDone(forward.batch(), outcomes));
    return this;
  }

  private List<Outcome> forward(List<Work> work) {
    var outcomes = new ArrayList<Outcome>(work.size());
    if (model instanceof LoadedModel.Diffusion diffusion) {
      for (var candidates : diffusion.denoiser().denoise(canvases(work))) {
        outcomes.add(new Outcome.Proposed(candidates));
      }
    } else if (model instanceof LoadedModel.Causal causal) {
      for (var next : causal.model().extend(sequences(work))) {
        outcomes.add(new Outcome.Extended(next));
      }
    }
    if (outcomes.size() != work.size()) {
      throw new IllegalStateException(
          "the model answered " + outcomes.size() + " of " + work.size() + " tasks");
    }
    return List.copyOf(outcomes);
  }

  private static List<DenoiseTask> canvases(List<Work> work) {
    return work.stream().map(w -> ((Work.Denoise) w).task()).toList();
  }

  private static List<ExtendTask> sequences(List<Work> work) {
    return work.stream().map(w -> ((Work.Extend) w).task()).toList();
  }

  private Behavior<Command> onRelease(Release release) {
    if (model instanceof LoadedModel.Causal causal) {
      causal.model().release(release.sequence());
    } else if (model instanceof LoadedModel.Diffusion diffusion) {
      diffusion.denoiser().release(release.sequence());
    }
    return this;
  }

  private Behavior<Command> onPostStop() {
    model.close();
    return this;
  }
}
