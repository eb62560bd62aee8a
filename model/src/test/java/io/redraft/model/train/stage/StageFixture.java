package io.redraft.model.train.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.checkpoint.WeightLayout;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.noise.NoiseSchedule;
import io.redraft.model.objective.Objective;
import io.redraft.model.objective.Sample;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.Initialization;
import io.redraft.model.train.Numerics;
import io.redraft.model.train.ParameterLayout;
import io.redraft.model.train.config.FrozenStorage;
import io.redraft.model.train.config.OptimizerSettings;
import io.redraft.model.train.curriculum.BlockSpan;
import io.redraft.model.train.curriculum.Mechanics;
import io.redraft.model.train.curriculum.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A small network whose every part matters, and stages of it. */
final class StageFixture {
  static final OptimizerSettings SETTINGS =
      new OptimizerSettings(
          1e-2, 0, OptimizerSettings.Schedule.CONSTANT, 0, 1, 0.9, 0.99, 1e-8, 0.1, 1, 0.9);

  private StageFixture() {}

  static NetworkConfig network(boolean tied) {
    return new NetworkConfig(
        11, 16, 4, 4, 2, 4, 24, 8, 1e-5, 100, tied, AttentionMode.BIDIRECTIONAL, 10, -1, 0);
  }

  /** Weights large enough that every part of the network matters; gains are not 1. */
  static Map<String, float[]> weights(NetworkConfig network) {
    Map<String, float[]> weights = new HashMap<>();
    WeightLayout.of(network)
        .forEach(
            (name, shape) -> {
              var values = Initialization.of(network, name, shape, 3);
              // Those between features and modulations are large enough as they are.
              var factor = name.contains("time_embed.fc") ? 1 : 10;
              for (var i = 0; i < values.length; i++) {
                var extra = Math.sin(i * 1.7 + name.length());
                values[i] =
                    (float)
                        (shape.length == 1 ? 1 + 0.2 * extra : factor * values[i] + 0.02 * extra);
              }
              weights.put(name, values);
            });
    return weights;
  }

  static Stage stage(
      BlockSpan executed, BlockSpan trained, boolean embeddings, boolean head, Mechanics how) {
    return new Stage(
        1, "stage-1", Stage.Kind.APPEND, executed, trained, embeddings, head, 0, 1, 10, how);
  }

  static BlockSpan blocks(int from, int to) {
    return new BlockSpan(from, to);
  }

  static TokenBatch batch() {
    var samples =
        List.of(
            new Sample(1, 5, new int[] {1, 2, 3, 4, 5, 6, 7, 0}),
            new Sample(2, 5, new int[] {9, 8, 7, 6, 5, 4, 3, 2}));
    return Objective.NELBO.ask(samples, new double[] {0.4, 0.9}, NoiseSchedule.LINEAR, 10);
  }

  static StageOnDevice open(
      Kernels kernels, StageLayout layout, Map<String, float[]> weights, StageState state) {
    return new StageOnDevice(kernels, layout, Numerics.exact(), weights::get, state);
  }

  /** A first state in which adapters do something. */
  static StageState state(StageLayout layout, Map<String, float[]> weights) {
    var state = StageState.first(layout, weights::get, 5);
    for (var weight : layout.learned()) {
      if (weight.name().contains("lora_B")) {
        for (var i = 0; i < weight.size(); i++) {
          state.optimizer().weights()[(int) weight.offset() + i] = 0.2f * (float) Math.cos(i * 2.3);
        }
      }
    }
    return state;
  }

  static Map<String, float[]> kept(StageLayout layout, Map<String, float[]> weights) {
    var kept = new HashMap<>(weights);
    for (var name : layout.frozen().keySet()) {
      if (name.contains("_proj")) {
        var storage = layout.stage().mechanics().frozen();
        kept.put(name, QuantizedMatrix.of(weights.get(name), storage).dequantize());
      }
    }
    return kept;
  }

  static void closeTo(float[] found, float[] expected, double tolerance) {
    assertThat(found).hasSameSizeAs(expected);
    for (var i = 0; i < found.length; i++) {
      assertThat((double) found[i])
          .as("%d", i)
          .isCloseTo(expected[i], within(tolerance * (1 + Math.abs(expected[i]))));
    }
  }

  static float[] flat(ParameterLayout layout, Map<String, float[]> weights) {
    var flat = new float[layout.size()];
    for (var p : layout.parameters()) {
      System.arraycopy(weights.get(p.name()), 0, flat, p.offset(), p.size());
    }
    return flat;
  }

  static List<Stage> kinds() {
    List<Stage> stages = new ArrayList<>();
    var plain = Mechanics.PLAIN;
    stages.add(stage(blocks(0, 3), blocks(1, 3), false, false, plain));
    stages.add(stage(blocks(1, 4), blocks(1, 2), true, true, plain));
    var gain = new Mechanics(0, 1, FrozenStorage.COMPUTE, true, 0.5, 0, false, true);
    stages.add(stage(blocks(0, 3), blocks(0, 2), true, true, gain));
    for (var storage : FrozenStorage.values()) {
      var adapted = new Mechanics(2, 0.7, storage, true, 0.9, 0, false);
      stages.add(stage(blocks(0, 4), blocks(1, 2), false, false, adapted));
    }
    return stages;
  }
}
