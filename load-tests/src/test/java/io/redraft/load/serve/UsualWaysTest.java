package io.redraft.load.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.decode.CacheMode;
import io.redraft.model.decode.FakeDenoiser;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

class UsualWaysTest {
  private static final NetworkConfig BOTH_SIDES = FakeDenoiser.config(50, 128);

  @Test
  void aNetworkWithoutBlocksIsAskedForNone() {
    assertThat(UsualWays.of(BOTH_SIDES))
        .extracting(Way::attention)
        .containsOnly(AttentionMode.BIDIRECTIONAL);
    assertThat(UsualWays.fast(BOTH_SIDES)).hasToString("threshold=0.7/32/dual");
  }

  @Test
  void blockCausalWaysAreInBlocksThatTheNetworkHasLearned() {
    for (var learned : List.of(List.of(8, 16, 32), List.of(4), List.of(8, 64))) {
      var network = BOTH_SIDES.withAttentionBlocks(learned);
      assertThat(UsualWays.of(network))
          .filteredOn(way -> way.attention() == AttentionMode.BLOCK_CAUSAL)
          .isNotEmpty()
          .allMatch(way -> learned.contains(way.block()));
      assertThat(UsualWays.of(network)).anyMatch(way -> way.cache() == CacheMode.DUAL);
      assertThat(learned).contains(UsualWays.fast(network).block());
    }
    var shipped = BOTH_SIDES.withAttentionBlocks(List.of(8, 16, 32));
    assertThat(UsualWays.fast(shipped)).hasToString("factor=0.5/16/delayed/block-causal/window=6");
  }
}
