package io.redraft.model.tensor;

/** A 16-bit floating-point format. */
public enum HalfType {
  /** 8 exponent bits and 7 fraction bits: the range of float32, about 2.4 decimal digits. */
  BFLOAT16(15),
  /** IEEE 754 binary16: 5 exponent bits and 10 fraction bits. */
  FLOAT16(5);

  private final int scalarType;

  HalfType(int scalarType) {
    this.scalarType = scalarType;
  }

  /** The number by which kernels know the format (PyTorch's {@code ScalarType}). */
  int scalarType() {
    return scalarType;
  }
}
