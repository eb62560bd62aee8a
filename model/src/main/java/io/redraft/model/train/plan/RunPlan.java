package io.redraft.model.train.plan;

import io.redraft.model.ByteCount;
import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.curriculum.BlockSpan;
import io.redraft.model.train.curriculum.CurriculumPlanner;
import io.redraft.model.train.curriculum.Mechanics;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.stage.StageLayout;
import io.redraft.model.train.stage.StageMemory;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * The stages of a run and what each will need on a device. Where the cache is {@code auto}, a stage
 * reads its stream from disk if that and filling the cache take less time than computing the trunk
 * anew in every step, and the cache fits its limit.
 *
 * @param network the network that all stages make together
 * @param device the device it is planned for
 * @param tokens tokens of the training text; 0 where no cache asks for them
 * @param heldOut bytes on disk of the {@link HeldOutCache}; 0 where no stage reads a cache, and
 *     where the text is not known
 * @param stages the stages in the order of training
 */
public record RunPlan(
    NetworkConfig network,
    PlannedDevice device,
    long tokens,
    long heldOut,
    List<StageEstimate> stages) {
  /**
   * Plans a run whose held-out text is not known.
   *
   * @throws InvalidInputException if there is no curriculum, or a cache exceeds its limit
   */
  public static RunPlan of(
      TrainingConfig config, NetworkConfig network, PlannedDevice device, long tokens) {
    return of(config, network, device, tokens, 0);
  }

  /**
   * Plans a run.
   *
   * @param heldOut tokens of the held-out text
   * @throws InvalidInputException if there is no curriculum, or a cache exceeds its limit
   */
  public static RunPlan of(
      TrainingConfig config,
      NetworkConfig network,
      PlannedDevice device,
      long tokens,
      int heldOut) {
    var reckoning = new Reckoning(config, network, device, tokens);
    var stages =
        CurriculumPlanner.plan(config, network, reckoning::worthCaching).stream()
            .map(reckoning::estimate)
            .toList();
    var cached = stages.stream().anyMatch(each -> each.stage().mechanics().cached());
    var bytes = cached ? HeldOutCache.bytes(config, network.width(), heldOut) : 0;
    return new RunPlan(network, device, tokens, bytes, stages);
  }

  private record Reckoning(
      TrainingConfig config, NetworkConfig network, PlannedDevice device, long tokens) {
    StageEstimate estimate(Stage stage) {
      var cached = stage.mechanics().cached();
      var cache = cached ? config.curriculum().cache().bytes(tokens, network.width()) : 0;
      var limit = config.curriculum().cache().limit();
      if (cache > limit) {
        throw InvalidInputException.of(
            "curriculum.cache_limit",
            ByteCount.format(limit),
            "%s or more, for the cache of stage %d, %s (%d tokens x %d x 2 bytes x %d masks)"
                .formatted(
                    ByteCount.format(cache),
                    stage.number(),
                    stage.name(),
                    tokens,
                    network.width(),
                    config.curriculum().cache().realisations()));
      }
      var flops = cached ? cachedFlops(stage) : flops(stage);
      return new StageEstimate(
          stage,
          StageMemory.of(
              stage,
              network,
              config.training().batch(),
              config.model().context(),
              device.compute()),
          cache,
          flops,
          flops / device.flops() + (cached ? reading(stage) : 0));
    }

    boolean worthCaching(Stage stage) {
      var settings = config.curriculum().cache();
      return settings.bytes(tokens, network.width()) <= settings.limit()
          && cachedFlops(stage) / device.flops() + reading(stage) < flops(stage) / device.flops();
    }

    private StageFlops perToken(Stage stage) {
      return StageFlops.of(stage, network, config.model().context());
    }

    /** Tokens that all steps of a stage read. */
    private double read(Stage stage) {
      return (double) stage.steps() * config.tokensPerStep();
    }

    private double flops(Stage stage) {
      return perToken(stage).all() * read(stage);
    }

    /** The cache is filled by one pass of the trunk a mask, anew after so many passes. */
    private double cachedFlops(Stage stage) {
      var settings = config.curriculum().cache();
      var fill = (double) tokens * settings.realisations();
      var refreshes =
          settings.refresh() == 0
              ? 1
              : Math.ceil(read(stage) / ((double) settings.refresh() * tokens));
      var filled = Math.min(fill * Math.max(1, refreshes), read(stage)); // filled as it is read
      return perToken(stage.withCache(false)).trunk() * filled
          + perToken(stage).rest() * read(stage);
    }

    private double reading(Stage stage) {
      return read(stage) * 2 * network.width() / config.curriculum().cache().bandwidth();
    }
  }

  /** Refuses the first stage that an array or the device's memory does not hold. */
  public void refuseBeyondMemory() {
    for (var each : stages) {
      var learned = each.memory().trainedParameters();
      if (learned > StageLayout.MOST) {
        throw InvalidInputException.of(
            "stage %d, %s,".formatted(each.stage().number(), each.stage().name()),
            learned + " weights that learn",
            "at most %d; fewer blocks (curriculum.block), or a tied head"
                    .formatted(StageLayout.MOST)
                + " (model.tied_head) that is anchored");
      }
      var total = each.memory().total();
      if (device.memory() > 0 && total > device.memory()) {
        throw InvalidInputException.of(
            "stage %d, %s,".formatted(each.stage().number(), each.stage().name()),
            "%d bytes (%s)".formatted(total, ByteCount.format(total)),
            "%d bytes (%s), the memory of %s; fewer blocks (curriculum.block), sequences"
                    .formatted(device.memory(), ByteCount.format(device.memory()), device.name())
                + " (training.batch) or tokens (model.context) need less");
      }
    }
  }

  /** What training the network as a whole would need on the device. */
  public StageMemory endToEnd(TrainingConfig config) {
    var all = new BlockSpan(0, network.layers());
    return StageMemory.of(
        new Stage(1, "joint", Stage.Kind.JOINT, all, all, true, true, 0, 1, 1, Mechanics.PLAIN),
        network,
        config.training().batch(),
        config.model().context(),
        device.compute());
  }

  /** The most that any stage needs of something. */
  public long most(ToLongFunction<StageEstimate> of) {
    return stages.stream().mapToLong(of).max().orElse(0);
  }

  /** What all stages need of something together. */
  public double sum(ToDoubleFunction<StageEstimate> of) {
    return stages.stream().mapToDouble(of).sum();
  }
}
