package io.redraft.model.train.stage;

import ai.djl.ndarray.NDArray;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.safetensors.BFloat16;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.HalfTensor;
import io.redraft.model.tensor.KernelCall;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.tensor.TrainingCall;
import io.redraft.model.train.LongArrays;
import io.redraft.model.train.config.FrozenStorage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The weights of a stage that do not learn, on a device: as bytes of the format that is computed
 * in, or of fewer bits. Matrices of blocks in the former are kept as products take them, with the
 * gain of the norm before them folded in and query and key rows in pairs (train_step.py), so that
 * no copy of them is recorded; in fewer bits they are as in a model's files.
 */
final class FrozenWeights {
  private final NetworkConfig network;
  private final StageLayout layout;
  private final ComputeType type;
  private final Function<String, float[]> source;
  private final LongArrays arrays;
  private final List<NDArray> numbers = new ArrayList<>();
  private final List<HalfTensor> halves = new ArrayList<>();
  private final List<NDArray> codes = new ArrayList<>();
  private final Map<String, Integer> places = new HashMap<>();
  private double squaredError;
  private double squares;

  /**
   * Brings them to a device.
   *
   * @param source all weights that are read, by name, row by row
   */
  FrozenWeights(
      Kernels kernels,
      DeviceScope scope,
      StageLayout layout,
      ComputeType type,
      Function<String, float[]> source) {
    this.layout = layout;
    this.network = layout.network();
    this.type = type;
    this.source = source;
    this.arrays = new LongArrays(kernels, scope);
    add("", new float[1]); // kernels' lists are not empty
    codes.add(table(layout.stage().mechanics().frozen()));
    var executed = layout.stage().executed();
    for (var block = executed.from(); block < executed.to(); block++) {
      if (!layout.stage().trained().contains(block)) {
        addBlock(block);
      }
    }
    for (var name : layout.frozen().keySet()) {
      var block = StageLayout.blockOf(name);
      var frozenBlock = block >= 0 && !layout.stage().trained().contains(block);
      if (!frozenBlock || name.endsWith(StageLayout.MODULATION)) {
        add(name, source.apply(name));
      }
    }
  }

  /** What codes stand for, where they are no numbers. */
  private NDArray table(FrozenStorage storage) {
    var values = NormalFloat.values();
    return storage == FrozenStorage.NF4
        ? arrays.floats(values, values.length)
        : arrays.bytes(new byte[1]);
  }

  private void addBlock(int block) {
    var storage = layout.stage().mechanics().frozen();
    var before = source.apply(StageLayout.name(block, StageLayout.BEFORE_ATTENTION));
    var between = source.apply(StageLayout.name(block, StageLayout.BEFORE_FEED_FORWARD));
    for (var matrix : StageLayout.MATRICES) {
      var name = StageLayout.name(block, matrix + ".weight");
      var values = source.apply(name);
      if (storage != FrozenStorage.COMPUTE) {
        var quantized = QuantizedMatrix.of(values, storage);
        measure(values, quantized.dequantize());
        places.put(name, codes.size());
        codes.add(arrays.bytes(quantized.codes()));
        codes.add(arrays.floats(quantized.scales(), quantized.scales().length));
        continue;
      }
      add(
          name,
          switch (matrix) {
            case "self_attn.q_proj", "self_attn.k_proj" -> pairs(folded(values, before));
            case "self_attn.v_proj" -> folded(values, before);
            case "mlp.gate_proj", "mlp.up_proj" -> folded(values, between);
            default -> values;
          });
    }
    add(StageLayout.name(block, StageLayout.BEFORE_ATTENTION), before);
    add(StageLayout.name(block, StageLayout.BEFORE_FEED_FORWARD), between);
  }

  private void add(String name, float[] values) {
    if (type == ComputeType.BFLOAT16) {
      places.put(name, halves.size());
      halves.add(arrays.halves(values));
    } else {
      places.put(name, numbers.size());
      numbers.add(arrays.floats(values, values.length));
    }
  }

  /** Every row times a gain, rounded as the kernels round. */
  private float[] folded(float[] values, float[] gain) {
    var out = new float[values.length];
    for (var i = 0; i < out.length; i++) {
      out[i] = rounded(values[i]) * rounded(gain[i % gain.length]);
    }
    return out;
  }

  /** Rows of every head with its two halves in turns. */
  private float[] pairs(float[] values) {
    var out = new float[values.length];
    var columns = network.width();
    var half = network.headWidth() / 2;
    for (var row = 0; row < values.length / columns; row++) {
      var place = row % network.headWidth();
      var to = row - place + 2 * (place % half) + place / half;
      System.arraycopy(values, row * columns, out, to * columns, columns);
    }
    return out;
  }

  private float rounded(float value) {
    return type == ComputeType.BFLOAT16 ? BFloat16.toFloat(BFloat16.of(value)) : value;
  }

  private void measure(float[] values, float[] kept) {
    for (var i = 0; i < values.length; i++) {
      squaredError += Math.pow((double) values[i] - kept[i], 2);
      squares += (double) values[i] * values[i];
    }
  }

  /** ‖W − kept W‖ / ‖W‖ (Frobenius) over all matrices in fewer bits; 0 where there is none. */
  double quantizationError() {
    return squares == 0 ? 0 : Math.sqrt(squaredError / squares);
  }

  /**
   * Ends a call's arguments with the lists of arrays. The first array is without a meaning, the
   * first of the codes is what they stand for.
   */
  TrainingCall pass(TrainingCall call) {
    return (type == ComputeType.BFLOAT16 ? call.halves(halves) : call.tensors(numbers))
        .tensors(codes);
  }

  /** The same for a call that differentiates nothing. */
  KernelCall pass(KernelCall call) {
    return (type == ComputeType.BFLOAT16 ? call.halves(halves) : call.tensors(numbers))
        .tensors(codes);
  }

  /**
   * Number of a weight's array in the first list, or of its codes in the second, where its scales
   * follow; 0 where the stage does not read the weight.
   */
  int index(String name) {
    return places.getOrDefault(name, 0);
  }
}
