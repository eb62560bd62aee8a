package io.redraft.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockQuantizationTest {
  @Property(tries = 300)
  void everyValueIsWithinHalfAStepOfItsBlock(@ForAll("tensors") float[] tensor) {
    BlockQuantization quantized = BlockQuantization.of("w", tensor);
    float[] back = quantized.dequantize();

    assertThat(quantized.scales()).hasSize((tensor.length + 63) / 64);
    for (int i = 0; i < tensor.length; i++) {
      double scale = HalfFloats.toFloat(quantized.scales()[i / 64]);
      // Rounding of the division and the product in float32 adds at most 2^-16 of a step.
      assertThat(Math.abs((double) tensor[i] - back[i])).isLessThanOrEqualTo(scale * 0.50002);
    }
  }

  @Property(tries = 300)
  void theStepIsAsSmallAsTheLargestValueAllows(@ForAll("tensors") float[] tensor) {
    BlockQuantization quantized = BlockQuantization.of("w", tensor);
    for (int block = 0; block < quantized.scales().length; block++) {
      double largest = 0;
      for (int i = block * 64; i < Math.min(tensor.length, block * 64 + 64); i++) {
        largest = Math.max(largest, Math.abs(tensor[i]));
      }
      // One unit in the last place of a half: 2^-10 relative, 2^-24 absolute near zero.
      assertThat((double) HalfFloats.toFloat(quantized.scales()[block]))
          .isBetween(largest / 127 * 0.999999, largest / 127 * (1 + 0x1p-9) + 0x1p-24);
    }
  }

  @Provide
  Arbitrary<float[]> tensors() {
    Arbitrary<Float> values =
        Arbitraries.oneOf(
            Arbitraries.floats().between(-1, 1).ofScale(6),
            Arbitraries.floats().between(-8e6f, 8e6f),
            Arbitraries.floats().between(-1e-6f, 1e-6f).ofScale(10),
            Arbitraries.just(0f));
    return values.array(float[].class).ofMinSize(0).ofMaxSize(200);
  }

  @Test
  void refusesWhatIsNotFinite() {
    for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY, 1e7f}) {
      assertThatThrownBy(() -> BlockQuantization.of("w", new float[] {0, value}))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageStartingWith("w[1] is " + value);
    }
  }

  @Test
  void everyHalfSurvivesTheWayThroughFloat() {
    for (int bits = 0; bits <= 0xffff; bits++) {
      float value = HalfFloats.toFloat((short) bits);
      if (!Float.isNaN(value)) {
        assertThat(HalfFloats.fromFloat(value)).isEqualTo((short) bits);
      }
    }
    assertThat(HalfFloats.toFloat((short) 0x7bff)).isEqualTo(65504f);
    assertThat(HalfFloats.toFloat((short) 0x0001)).isEqualTo(0x1p-24f);
    assertThat(HalfFloats.toFloat((short) 0x3555)).isEqualTo(0.333251953125f);
  }

  @Property
  void aFloatBecomesTheNearestHalf(@ForAll float value) {
    float half = HalfFloats.toFloat(HalfFloats.fromFloat(value));
    double unit = Math.max(0x1p-24, Math.scalb(1.0, Math.getExponent(value) - 10));
    if (Math.abs(value) < 65520) {
      assertThat(Math.abs((double) half - value)).isLessThanOrEqualTo(unit / 2);
    } else {
      assertThat(half).isInfinite();
    }
  }

  @Test
  void quantizedTensorsReadAsFloat32FromAnyPlace(@TempDir Path folder) throws IOException {
    float[] weights = new float[50_003];
    Random random = new Random(7);
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) random.nextGaussian();
    }
    Path file = folder.resolve("m.safetensors");
    SafetensorsWriter.write(
        file, TensorOutput.quantized("w", new long[] {weights.length}, weights), Map.of());
    float[] expected = BlockQuantization.of("w", weights).dequantize();

    TensorView view = SafetensorsFile.open(file).tensor("w");

    assertThat(view.quantized()).isTrue();
    assertThat(view.toFloat32()).isEqualTo(expected);
    for (int from : new int[] {0, 1, 63, 64, 16_383, 16_384, 49_999}) {
      FloatBuffer part = FloatBuffer.allocate(Math.min(20_000, weights.length - from));
      view.readFloat32(from, part);
      assertThat(part.array())
          .isEqualTo(Arrays.copyOfRange(expected, from, from + part.capacity()));
    }
    assertThat(Files.size(file)).isLessThan(weights.length * 11 / 10);
  }

  @Test
  void refusesScalesThatDoNotFit(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("m.safetensors");
    SafetensorsWriter.write(
        file,
        List.of(
            TensorOutput.bytes("w", TensorType.I8, new long[] {65}, ByteBuffer.allocate(65)),
            TensorOutput.bytes("w.scales", TensorType.F16, new long[] {1}, ByteBuffer.allocate(2))),
        Map.of());

    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("w.scales: F16 with 1 elements; allowed: F16 with 2");
  }

  @Test
  void refusesToReadWholeNumbersAsWeights(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("m.safetensors");
    SafetensorsWriter.write(
        file,
        List.of(TensorOutput.bytes("w", TensorType.I8, new long[] {1}, ByteBuffer.allocate(1))),
        Map.of());

    assertThatThrownBy(() -> SafetensorsFile.open(file).tensor("w").toFloat32())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("w is I8; allowed");
  }
}
