package io.redraft.model.safetensors;

import java.util.Optional;

/** Element types of the safetensors format; all are stored little-endian. */
public enum TensorType {
  F64(8),
  F32(4),
  F16(2),
  BF16(2),
  I64(8),
  I32(4),
  I16(2),
  I8(1),
  U64(8),
  U32(4),
  U16(2),
  U8(1),
  BOOL(1);

  private final int width;

  TensorType(int width) {
    this.width = width;
  }

  /** Bytes of one element. */
  public int width() {
    return width;
  }

  /** Whether elements are floating-point numbers. */
  public boolean floating() {
    return this == F64 || this == F32 || this == F16 || this == BF16;
  }

  /** The type that a file calls {@code name}, if there is one. */
  static Optional<TensorType> named(String name) {
    for (TensorType type : values()) {
      if (type.name().equals(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }
}
