package io.redraft.model.tensor;

import io.redraft.model.InvalidInputException;
import java.util.regex.Pattern;

/**
 * A place where tensors live, by the name that users write: {@code cpu}, {@code gpu0}, {@code gpu1}
 * and so on.
 *
 * @param gpu the GPU's number counted from 0, or -1 for the CPU
 */
public record Device(int gpu) {
  /** The processor and its main memory. */
  public static final Device CPU = new Device(-1);

  private static final Pattern GPU_NAME = Pattern.compile("gpu(\\d{1,3})");

  public Device {
    if (gpu < -1) {
      throw new IllegalArgumentException("GPU number " + gpu);
    }
  }

  /** The device of a name, whether or not this machine has it. */
  public static Device parse(String name) {
    if (name.equals("cpu")) {
      return CPU;
    }
    var matcher = GPU_NAME.matcher(name);
    if (!matcher.matches()) {
      throw InvalidInputException.of("device", name, "cpu, gpu0, gpu1, …");
    }
    return new Device(Integer.parseInt(matcher.group(1)));
  }

  /** Whether this is a GPU. */
  public boolean isGpu() {
    return gpu >= 0;
  }

  ai.djl.Device toDjl() {
    return isGpu() ? ai.djl.Device.gpu(gpu) : ai.djl.Device.cpu();
  }

  @Override
  public String toString() {
    return isGpu() ? "gpu" + gpu : "cpu";
  }
}
