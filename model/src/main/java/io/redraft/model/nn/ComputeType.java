package io.redraft.model.nn;

import io.redraft.model.InvalidInputException;
import io.redraft.model.tensor.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The number format that a network's weights and activations have while it computes. */
public enum ComputeType {
  /** 32 bits; a batch never changes a result, and results agree with exact ones to about 1e-6. */
  FLOAT32(6),
  /** 16 bits with the range of float32: faster where the processor has instructions for it. */
  BFLOAT16(15);

  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private final int scalarType;

  ComputeType(int scalarType) {
    this.scalarType = scalarType;
  }

  /**
   * The type of a name: {@code float32}, {@code bfloat16}, or {@code auto}, which is bfloat16 on
   * GPUs and on processors that multiply such matrices in hardware (AMX), else float32.
   */
  public static ComputeType of(String name, Device device) {
    return switch (name) {
      case "float32" -> FLOAT32;
      case "bfloat16" -> BFLOAT16;
      case "auto" -> device.isGpu() || cpuHasAmx() ? BFLOAT16 : FLOAT32;
      default -> throw InvalidInputException.of("compute_type", name, "auto, float32, bfloat16");
    };
  }

  private static boolean cpuHasAmx() {
    try (var lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith("flags"))
          .findFirst()
          .orElse("")
          .contains(" amx_bf16");
    } catch (IOException e) {
      return false; // not Linux: the format that every processor has
    }
  }

  /** The number by which kernels know the type. */
  public int scalarType() {
    return scalarType;
  }
}
