package io.redraft.load.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import org.junit.jupiter.api.Test;

class PassMemoryTest {
  @Test
  void isTheSumByHand() {
    // Two blocks of width 8, two heads of 4, one key/value head, feed-forward 10, 50 tokens, tied,
    // a context of 16.
    var config =
        new NetworkConfig(
            50, 8, 2, 2, 1, 4, 10, 16, 1e-5, 1e4, true, AttentionMode.BIDIRECTIONAL, 0, -1, 1);
    int block = 8 * 8 + 2 * 4 * 8 + 8 * 8 + 3 * 8 * 10;
    var memory = PassMemory.of(config, new RandomShape(3, 5), 2, 2);
    assertThat(memory.weights()).isEqualTo(2 * (2 * 50 * 8 + 2 * block + 2 * 16 * 4));
    // Keys and values of 5 positions in 2 blocks, one head of 4, of 2 canvases.
    assertThat(memory.caches()).isEqualTo(2 * 2 * 5 * 2 * 4 * 2);
    // Queries and keys (12 numbers a token) are more than gates (10).
    assertThat(memory.block()).isEqualTo(2 * 3 * 5 * (2 * 8 + 2 * 12));
    assertThat(memory.total()).isEqualTo(memory.weights() + memory.caches() + memory.block());
  }

  @Test
  void ofEightBillionParametersWeightsAreSixteenGigabytes() {
    var config = RandomShape.network("32x4096x32x12288x126464", 512);
    var memory = PassMemory.of(config, new RandomShape(16, 512), 0, 2);
    assertThat(memory.weights() / 1e9).isBetween(16.03, 16.04);
    // 8192 tokens of 32768 numbers of two bytes
    assertThat(memory.block()).isEqualTo(8192L * 32768 * 2);
  }
}
