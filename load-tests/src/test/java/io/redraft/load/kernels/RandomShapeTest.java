package io.redraft.load.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RandomShapeTest {
  @Test
  void eightBillionParametersAreThoseOfTheSizes() {
    var network = RandomShape.network("32x4096x32x12288x126464", 512);
    long block = 4L * 4096 * 4096 + 3L * 4096 * 12288 + 2 * 4096;
    assertThat(network.parameters()).isEqualTo(32 * block + 2L * 126464 * 4096 + 4096);
    assertThat(network.headWidth()).isEqualTo(128);
    assertThat(network.maskToken()).isEqualTo(126463);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "32x4096x32x12288",
        "32x4096x32x12288x126464x1",
        "0x8x2x8x8",
        "2x8x3x8x8",
        "2x6x2x8x8",
        "2x8x2x8x1",
        "11M 1x32",
        "2x8x2x8x99999999999"
      })
  void sizesThatAreNoNetworkAreRefused(String sizes) {
    assertThatThrownBy(() -> RandomShape.network(sizes, 8))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("--shape is " + sizes + "; allowed: LAYERSxWIDTHxHEADS");
  }

  @Test
  void canvasesAreANumberAndALength() {
    assertThat(RandomShape.canvases(List.of("1x512", "16x64")))
        .containsExactly(new RandomShape(1, 512), new RandomShape(16, 64));
    assertThatThrownBy(() -> RandomShape.canvases(List.of("1x512", "512")))
        .hasMessage("--canvases is 512; allowed: CANVASESxTOKENS, such as 4x512");
  }
}
