package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import org.junit.jupiter.api.Test;

class ParameterLayoutTest {
  private static NetworkConfig network(int vocabulary, int width, int layers) {
    return new NetworkConfig(
        vocabulary,
        width,
        layers,
        1,
        1,
        width,
        width,
        8,
        1e-5,
        100,
        true,
        AttentionMode.BIDIRECTIONAL,
        0,
        -1,
        -1);
  }

  @Test
  void aNetworkWhoseWeightsDoNotLieInOneArrayIsRefusedByName() {
    // 2¹⁶ · 2¹⁵ = 2³¹ weights of the embedding alone.
    assertThatThrownBy(() -> new ParameterLayout(network(1 << 16, 1 << 15, 1)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("2,147,483,648 weights up to model.embed_tokens.weight")
        .hasMessageContaining("at most 2,147,483,639");
    // 2³² weights of the embedding, which an int takes for none, and 80 blocks behind it.
    assertThatThrownBy(() -> new ParameterLayout(network(1 << 19, 1 << 13, 80)))
        .isInstanceOf(InvalidInputException.class);
  }

  @Test
  void oneThatJustFitsIsLaidOut() {
    // Seven matrices of 2²⁶ and three gains of 2¹³; the embedding has rows of 2¹³, and as many as
    // fit.
    var rows = (1 << 18) - 7 * (1 << 13) - 4;
    var layout = new ParameterLayout(network(rows, 1 << 13, 1));
    var expected = ((long) rows << 13) + 7L * (1 << 26) + 3 * (1 << 13);
    assertThat((long) layout.size()).isEqualTo(expected).isLessThan(LongArrays.MOST);
    assertThat(LongArrays.MOST - expected).isLessThan(1 << 13);
  }
}
