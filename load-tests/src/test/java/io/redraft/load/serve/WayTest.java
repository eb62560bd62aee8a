package io.redraft.load.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.CacheMode;
import io.redraft.model.decode.Sampling;
import io.redraft.model.nn.AttentionMode;
import io.redraft.proto.v1.Cache;
import io.redraft.proto.v1.RevealPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WayTest {
  private static final Sampling SAMPLING = new Sampling(0.3, 5, 0.9);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "confidence=1/0/none",
        "confidence=2/32/dual",
        "threshold=0.75/16/prefix",
        "factor=1/8/dual",
        "entropy=0.2/4/none",
        "threshold=0.7/16/prefix/block-causal",
        "confidence=2/8/none/block-causal",
        "factor=0.5/32/delayed/block-causal/window=8",
        "threshold=0.75/16/dual/window=4"
      })
  void isWrittenAsItIsParsed(String text) {
    assertThat(Way.parse(text)).hasToString(text);
  }

  @Test
  void aPolicyWithoutANumberHasItsUsualOne() {
    assertThat(Way.parse("confidence/4/none")).isEqualTo(Way.oneByOne(4));
    assertThat(Way.parse("threshold/8/dual"))
        .isEqualTo(
            new Way(Way.Policy.THRESHOLD, 0.9, 8, CacheMode.DUAL, AttentionMode.BIDIRECTIONAL, 0));
  }

  @Test
  void asksForTheSameAndForNoEndOfText() {
    var threshold = Way.parse("threshold=0.7/16/dual").decoding(40, SAMPLING);
    assertThat(threshold.getPolicy()).isEqualTo(RevealPolicy.REVEAL_POLICY_THRESHOLD);
    assertThat(threshold.getThreshold()).isEqualTo(0.7);
    assertThat(threshold.getBlock()).isEqualTo(16);
    assertThat(threshold.getCache()).isEqualTo(Cache.CACHE_DUAL);
    assertThat(threshold.getMinTokens()).isEqualTo(40);
    assertThat(threshold.getTemperature()).isEqualTo(0.3);
    assertThat(threshold.getTopK()).isEqualTo(5);
    assertThat(threshold.getTopP()).isEqualTo(0.9);
    // 3 tokens a step of a block of 16: 6 steps.
    assertThat(Way.parse("confidence=3/16/none").decoding(40, SAMPLING).getSteps()).isEqualTo(6);
    // A block that is longer than the text is one over all of it.
    var small = Way.parse("confidence=1/32/none").decoding(10, SAMPLING);
    assertThat(small.getBlock()).isEqualTo(10);
    assertThat(small.getSteps()).isEqualTo(10);
  }

  @Test
  void aBlockCausalWayAsksForBlocksOfItsSizeWhateverTheText() {
    var way = Way.parse("threshold=0.7/16/prefix/block-causal");
    assertThat(way)
        .isEqualTo(
            new Way(
                Way.Policy.THRESHOLD, 0.7, 16, CacheMode.PREFIX, AttentionMode.BLOCK_CAUSAL, 0));
    var decoding = way.decoding(10, SAMPLING);
    assertThat(decoding.getAttention())
        .isEqualTo(io.redraft.proto.v1.AttentionMode.ATTENTION_MODE_BLOCK_CAUSAL);
    assertThat(decoding.getCache()).isEqualTo(Cache.CACHE_PREFIX);
    // Learned sizes cannot be cut to the text, as other blocks are.
    assertThat(decoding.getBlock()).isEqualTo(16);
    assertThat(Way.parse("threshold=0.7/16/prefix").decoding(40, SAMPLING).getAttention())
        .isEqualTo(io.redraft.proto.v1.AttentionMode.ATTENTION_MODE_BIDIRECTIONAL);
  }

  @Test
  void aWindowIsAskedForByNameAndOtherwiseThereIsNone() {
    var way = Way.parse("factor=0.5/32/prefix/block-causal/window=8");
    assertThat(way.decoding(40, SAMPLING).getWindow()).isEqualTo(8);
    var without = Way.parse("factor=0.5/32/prefix/block-causal").decoding(40, SAMPLING);
    assertThat(without.hasWindow()).as("whatever the model's own").isTrue();
    assertThat(without.getWindow()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "threshold, POLICY",
    "threshold=0.7/16/prefix/sideways, POLICY",
    "threshold=0.7/16/prefix/block-causal/, POLICY",
    "threshold=0.7/16/prefix/window=8/block-causal, POLICY",
    "threshold=0.7/16/prefix/window=few, POLICY",
    "threshold=0.7/16/prefix/window=-1, window is -1",
    "threshold=0.9/32, POLICY",
    "threshold=much/32/dual, POLICY",
    "threshold=0.9/x/dual, POLICY",
    "threshold=0.9=1/4/dual, POLICY",
    "wild/4/none, 'confidence, threshold, factor, entropy'",
    "confidence/4/both, 'none, prefix, dual'",
    "confidence=1.5/4/none, tokens a step is 1.5",
    "threshold=2/4/none, 'more than 0, at most 1'",
    "confidence/-1/none, 0 (one block) or more",
    "confidence/0/dual, 'none, without blocks'"
  })
  void whatIsNotAllowedIsToldInOneLine(String text, String allowed) {
    assertThatThrownBy(() -> Way.parse("ways", text))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("ways is " + text)
        .hasMessageContaining(allowed);
  }
}
