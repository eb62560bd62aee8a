package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.tensor.Device;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static final NetworkConfig NETWORK =
      new NetworkConfig(
          11, 16, 2, 4, 2, 4, 24, 8, 1e-5, 100, true, AttentionMode.BIDIRECTIONAL, 10, -1, 0);

  /** Every product of the network, written out: (rows, inner, outer) costs 2·rows·inner·outer. */
  @Test
  void operationsAreThoseOfEveryProductForwardAndTwiceBackward() {
    var tokens = 8; // one sequence
    var rows = 5;
    var forward = 0.0;
    for (var layer = 0; layer < 2; layer++) {
      forward += 2.0 * tokens * 16 * 16; // queries
      forward += 2 * 2.0 * tokens * 16 * 8; // keys and values, two heads of four
      forward += 2.0 * tokens * 16 * 16; // attention's output
      forward += 3 * 2.0 * tokens * 16 * 24; // gate, up and down
      forward += 4 * 2 * 2.0 * tokens * tokens * 4; // four heads: q·k and weights·v
    }
    forward += 2.0 * rows * 16 * 11;
    // Gains, 5 x 16 of them, are counted as if they were products.
    var gains = 6.0 * tokens * 5 * 16;
    assertThat(new ModelFlops(NETWORK).of(tokens, rows))
        .isCloseTo(3 * forward + gains, within(1e-6));
  }

  @Test
  void speedIsOfTrainingAloneAndTheTimeLeftOfEverything() {
    var clock = new AtomicLong(5_000_000_000L);
    var flops = new ModelFlops(NETWORK);
    var pace = new Pace(flops, 1e6, 80, 100, clock::get);
    pace.asked(600, 300);
    pace.asked(200, 100);
    clock.addAndGet(2_000_000_000L); // ten steps in two seconds
    var first = pace.read(110, 200);
    assertThat(first.tokensPerSecond()).isEqualTo(400);
    assertThat(first.utilization()).isCloseTo(flops.of(800, 400) / 2 / 1e6, within(1e-12));
    assertThat(first.secondsLeft()).isEqualTo(18); // 90 steps at 0.2 s

    var paused = pace.now();
    clock.addAndGet(7_000_000_000L);
    pace.leaveOut(paused);
    pace.asked(800, 0);
    clock.addAndGet(1_000_000_000L);
    var second = pace.read(120, 200);
    assertThat(second.tokensPerSecond()).isEqualTo(800);
    assertThat(second.utilization()).isCloseTo(flops.of(800, 0) / 1e6, within(1e-12));
    assertThat(second.secondsLeft()).isEqualTo(40); // 80 steps at (2 + 7 + 1) s / 20
  }

  @Test
  void thePeakIsMeasuredOnProductsOfTheNetworksShapes() {
    var peak = PeakSpeed.measure(Device.CPU, NETWORK, 64, Numerics.exact());
    assertThat(peak.toString())
        .matches("\\d+(\\.\\d)? [GT]FLOP/s, measured on float32 products of 64 x 16 x 48");
    // Larger products of the same machine are faster than those tiny ones, whatever it is.
    var large =
        new NetworkConfig(
            11, 256, 1, 4, 4, 64, 512, 8, 1e-5, 100, true, AttentionMode.BIDIRECTIONAL, 10, -1, 0);
    assertThat(PeakSpeed.measure(Device.CPU, large, 1024, Numerics.exact()).flops())
        .isGreaterThan(peak.flops());
  }
}
