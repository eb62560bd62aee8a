package io.redraft.model.train;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.config.TrainingConfig;
import java.io.IOException;

/** Where and how precisely to compute, where the settings leave it open. */
public final class DeviceChoice {
  private DeviceChoice() {}

  /** The device of a name; {@code auto} is the first GPU where there is one. */
  public static Device of(String name) {
    if (name.equals("auto")) {
      return Engine.getEngine("PyTorch").getGpuCount() > 0 ? new Device(0) : Device.CPU;
    }
    return Device.parse(name);
  }

  /**
   * Kernels on a device.
   *
   * @throws InvalidInputException if the device is not there or cannot be used
   */
  public static Kernels open(Device device) {
    return open("run.device", device);
  }

  /**
   * Kernels on a device that {@code field} names.
   *
   * @throws InvalidInputException if the device is not there or cannot be used
   */
  public static Kernels open(String field, Device device) {
    Kernels kernels = null;
    try {
      kernels = Kernels.open(device);
      try (var probe = kernels.scope()) {
        probe.zeros(1).toFloatArray();
      }
      return kernels;
    } catch (EngineException e) {
      if (kernels != null) {
        kernels.close();
      }
      if (!device.isGpu()) {
        throw e;
      }
      var message = e.getMessage() == null ? "" : e.getMessage().strip();
      var problem = message.split("[.\n]\\s", 2)[0]; // its first sentence
      throw InvalidInputException.of(
          field, device, "a device that can be used here, such as cpu (" + problem + ")");
    }
  }

  /** What begins on a device, and closes its kernels in the end. */
  @FunctionalInterface
  public interface Start<T> {
    /** Begins; called by the thread that owns the kernels. */
    T on(Kernels kernels) throws IOException;
  }

  /**
   * Starts what owns a device's kernels from then on; where that fails, they are freed.
   *
   * @param lacking what memory that runs out does not hold, and what would help
   * @throws InvalidInputException if the device is not there or cannot be used
   * @throws TrainingHaltedException if memory runs out
   */
  public static <T> T start(Device device, Start<T> start, String lacking) throws IOException {
    var kernels = open(device);
    try {
      return start.on(kernels);
    } catch (EngineException e) {
      kernels.close();
      throw MicroBatching.outOfMemory(e)
          ? new TrainingHaltedException("the memory of " + device + " does not hold " + lacking, e)
          : e;
    } catch (IOException | RuntimeException | Error e) {
      kernels.close();
      throw e;
    }
  }

  /** The number formats and drop rates that settings, a device and a network ask for. */
  public static Numerics numerics(TrainingConfig config, Kernels kernels, NetworkConfig network) {
    var device = kernels.device();
    var compute = ComputeType.of(config.run().compute(), device);
    return Numerics.of(
        compute == ComputeType.BFLOAT16,
        config.training().dropout(),
        config.training().attentionDropout(),
        device.isGpu(),
        network.vocabularySize(),
        config.run().cudaGraphs());
  }
}
