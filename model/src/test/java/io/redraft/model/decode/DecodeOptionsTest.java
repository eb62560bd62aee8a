package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.transformer.RandomNetwork;
import java.util.List;
import org.junit.jupiter.api.Test;

class DecodeOptionsTest {
  private static final DecodeOptions DEFAULTS = DecodeOptions.DEFAULTS;

  @Test
  void everyPolicyMayTakeAStepForEveryMaskUnlessItIsTold() {
    assertThat(DEFAULTS.budget(9)).isEqualTo(9);
    assertThat(DEFAULTS.budget(1)).isEqualTo(1);
    assertThat(DEFAULTS.withPolicy(new RevealPolicy.Threshold(0.9)).budget(9)).isEqualTo(9);
  }

  @Test
  void moreStepsThanMasksCountAsOneAMask() {
    assertThat(DEFAULTS.withSteps(100).budget(9)).isEqualTo(9);
    assertThat(DEFAULTS.withSteps(3).budget(9)).isEqualTo(3);
  }

  @Test
  void refusesValuesOutOfRangeByTheNameTheUserKnows() {
    refused(() -> DEFAULTS.withSteps(0), "steps is 0; allowed: 1 or more");
    refused(() -> DEFAULTS.withBlock(-1), "block is -1; allowed: 0 (one block over everything)");
    refused(() -> DEFAULTS.withConfidenceStop(0), "confidence_stop is 0.0");
    refused(() -> DEFAULTS.withRemask(1.01), "remask is 1.01; allowed: more than 0, at most 1");
    refused(() -> DEFAULTS.withSampling(new Sampling(-1, 0, 1)), "temperature is -1.0");
  }

  @Test
  void aCacheIsRefusedWhereThereAreNoBlocksInWhateverOrderTheyAreNamed() {
    refused(() -> DEFAULTS.withCache(CacheMode.PREFIX).check(), "cache is prefix; all");
    DEFAULTS.withCache(CacheMode.PREFIX).withBlock(1).check();
    DEFAULTS.withBlock(0).withCache(CacheMode.NONE).check();
  }

  @Test
  void aModelThatAttendsInNoOtherWayWritesItsLargestBlocksWithTheirCache() {
    var network = RandomNetwork.denoiser(99, 16, 1, 2, 2, 64);
    var learned = network.withAttentionBlocks(List.of(4, 8, 16));
    assertThat(DecodeOptions.defaults(network)).isEqualTo(DEFAULTS);
    assertThat(DecodeOptions.defaults(learned)).isEqualTo(DEFAULTS);
    var only = RandomNetwork.blockCausal(network, 8).withAttentionBlocks(List.of(4, 8, 16));
    assertThat(DecodeOptions.defaults(only))
        .isEqualTo(
            DEFAULTS
                .withAttention(AttentionMode.BLOCK_CAUSAL)
                .withBlock(16)
                .withCache(CacheMode.PREFIX));
    DecodeOptions.defaults(only).check(only);
  }

  private static void refused(Runnable making, String message) {
    assertThatThrownBy(making::run)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(message);
  }
}
