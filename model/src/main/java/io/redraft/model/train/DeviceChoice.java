package io.redraft.model.train;

import ai.djl.engine.Engine;
import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.config.RunSettings.Compute;
import io.redraft.model.train.config.TrainingConfig;

/** Where and how precisely to compute, where the settings leave it open. */
public final class DeviceChoice {
  private DeviceChoice() {}

  /** The device of a name; {@code auto} is the first GPU where there is one. */
  public static Device of(String name) {
    var gpus = Engine.getEngine("PyTorch").getGpuCount();
    if (name.equals("auto")) {
      return gpus > 0 ? new Device(0) : Device.CPU;
    }
    var device = Device.parse(name);
    if (device.gpu() >= gpus) {
      var has = gpus == 0 ? "cpu; no GPU can be used here" : "cpu, gpu0 to gpu" + (gpus - 1);
      throw InvalidInputException.of("run.device", name, has);
    }
    return device;
  }

  static Numerics numerics(TrainingConfig config, Kernels kernels, NetworkConfig network) {
    var gpu = kernels.device().isGpu();
    var compute = config.run().compute();
    return Numerics.of(
        compute == Compute.BFLOAT16 || compute == Compute.AUTO && gpu,
        config.training().dropout(),
        config.training().attentionDropout(),
        gpu,
        network.vocabularySize());
  }
}
