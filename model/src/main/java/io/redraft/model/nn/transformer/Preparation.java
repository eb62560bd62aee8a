package io.redraft.model.nn.transformer;

import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.TimeConditioning;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.KernelCall;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.tensor.TensorList;
import java.util.ArrayList;
import java.util.List;

/**
 * Brings a network's matrices to a device in the form that kernels read ({@code
 * kernels/transformer.py}), one after the other: beside what is done, no more than one of them
 * exists in float32 at a time.
 */
final class Preparation {
  /** Where matrices come from. */
  interface Matrices {
    /**
     * Matrices of equal row width, one above the other, as a list of one tensor (rows, columns) on
     * the scope's device; for a vector, columns is 0.
     */
    TensorList read(DeviceScope scope, long rows, long columns, String... names);

    /** Whether norms have gains other than 1. */
    boolean gains();
  }

  private final Kernels kernels;
  private final NetworkConfig config;
  private final Matrices matrices;
  private final int type;
  private final boolean packed;
  private final List<TensorList> parts = new ArrayList<>();

  Preparation(
      Kernels kernels, NetworkConfig config, Matrices matrices, ComputeType type, boolean packed) {
    this.kernels = kernels;
    this.config = config;
    this.matrices = matrices;
    this.type = type.scalarType();
    this.packed = packed;
  }

  /** Does it: a {@code List[List[Tensor]]}. */
  TensorList prepare() {
    try {
      long width = config.width();
      table("model.embed_tokens.weight", config.vocabularySize());
      product(
          "model.norm.weight",
          config.vocabularySize(),
          width,
          false,
          config.tiedHead() ? "model.embed_tokens.weight" : "lm_head.weight");
      angles();
      for (int layer = 0; layer < config.layers(); layer++) {
        attention("model.layers." + layer + ".");
        feedForward("model.layers." + layer + ".");
      }
      time();
      return TensorList.ofLists(parts);
    } finally {
      parts.forEach(TensorList::close);
    }
  }

  private void attention(String block) {
    String attention = block + "self_attn.";
    String[] names = {
      attention + "q_proj.weight", attention + "k_proj.weight", attention + "v_proj.weight"
    };
    String gain = block + "input_layernorm.weight";
    long turned = (long) config.headWidth() * (config.heads() + config.keyValueHeads());
    long rows = turned + (long) config.headWidth() * config.keyValueHeads();
    if (packed) {
      product(gain, rows, config.width(), false, names);
    } else {
      try (DeviceScope scope = kernels.scope();
          TensorList matrix = matrices.read(scope, rows, config.width(), names);
          TensorList gains = gain(scope, gain)) {
        keep(
            kernels
                .call("prepare_split", scope)
                .tensors(matrix)
                .tensors(gains)
                .integer(turned)
                .integer(type));
      }
    }
    product(
        null,
        config.width(),
        (long) config.headWidth() * config.heads(),
        false,
        attention + "o_proj.weight");
  }

  private void feedForward(String block) {
    String gain = block + "post_attention_layernorm.weight";
    String gate = block + "mlp.gate_proj.weight";
    String up = block + "mlp.up_proj.weight";
    long inner = config.feedForwardWidth();
    if (packed) {
      product(gain, inner, config.width(), false, gate);
      product(gain, inner, config.width(), false, up);
    } else {
      try (DeviceScope scope = kernels.scope();
          TensorList gates = matrices.read(scope, inner, config.width(), gate);
          TensorList ups = matrices.read(scope, inner, config.width(), up);
          TensorList gains = gain(scope, gain)) {
        keep(
            kernels
                .call("prepare_pair", scope)
                .tensors(gates)
                .tensors(ups)
                .tensors(gains)
                .integer(type));
      }
      parts.add(parts.get(parts.size() - 1)); // the ups are part of the gates
    }
    product(null, config.width(), inner, true, block + "mlp.down_proj.weight");
  }

  /** What time conditioning adds; the modulations of all blocks are one matrix. */
  private void time() {
    var modulations = new ArrayList<String>();
    long rows = 0;
    for (var weight : config.time().weights(config.width(), config.layers()).entrySet()) {
      long[] shape = weight.getValue();
      if (weight.getKey().endsWith("adaln.weight")) {
        modulations.add(weight.getKey());
        rows += shape[0];
      } else if (config.time().kind() == TimeConditioning.Kind.TABLE) {
        table(weight.getKey(), shape[0]);
      } else {
        product(null, shape[0], shape[1], false, weight.getKey());
      }
    }
    if (!modulations.isEmpty()) {
      String[] names = modulations.toArray(String[]::new);
      product(null, rows, TimeConditioning.SIGNAL_WIDTH, false, names);
    }
  }

  private void table(String name, long rows) {
    try (DeviceScope scope = kernels.scope();
        TensorList matrix = matrices.read(scope, rows, config.width(), name)) {
      keep(kernels.call("prepare_table", scope).tensors(matrix).integer(type));
    }
  }

  private void angles() {
    try (DeviceScope scope = kernels.scope()) {
      keep(
          kernels
              .call("prepare_angles", scope)
              .tensor(scope.zeros(1))
              .integer(config.contextLength())
              .integer(config.headWidth())
              .number(config.ropeTheta())
              .integer(type));
    }
  }

  /** A matrix behind a norm with that gain, or behind none. */
  private void product(String gain, long rows, long columns, boolean padded, String... names) {
    try (DeviceScope scope = kernels.scope();
        TensorList matrix = matrices.read(scope, rows, columns, names);
        TensorList gains = gain(scope, gain)) {
      keep(
          kernels
              .call("prepare_product", scope)
              .tensors(matrix)
              .tensors(gains)
              .integer(type)
              .flag(packed)
              .flag(padded));
    }
  }

  private TensorList gain(DeviceScope scope, String name) {
    return name == null || !matrices.gains()
        ? TensorList.of(List.of())
        : matrices.read(scope, config.width(), 0, name);
  }

  private void keep(KernelCall call) {
    parts.add(call.runList());
  }
}
