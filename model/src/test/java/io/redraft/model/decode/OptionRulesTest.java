package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.transformer.RandomNetwork;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every contradiction is refused when the plan is made, with the field, the value and what is. */
class OptionRulesTest {
  private static final DecodeOptions PLAIN = DecodeOptions.DEFAULTS;
  private static final DecodeOptions BLOCK_CAUSAL = PLAIN.withAttention(AttentionMode.BLOCK_CAUSAL);
  private static final NetworkConfig BOTH_WAYS =
      FakeDenoiser.CONFIG.withAttentionBlocks(List.of(4, 8));
  private static final NetworkConfig ONE_WAY = RandomNetwork.blockCausal(FakeDenoiser.CONFIG, 8);
  private static final DecodeOptions LINEAR = PLAIN.withPolicy(new RevealPolicy.Linear());
  private static final DecodeOptions ANCESTRAL = PLAIN.withPolicy(new RevealPolicy.Ancestral());
  private static final DecodeOptions HITTING = PLAIN.withPolicy(new RevealPolicy.FirstHitting());
  private static final DecodeOptions GUIDED =
      PLAIN.withGuidance(new Guidance(2, GuidanceSchedule.LINEAR_UP));
  private static final String CONFIDENT =
      "only with a policy that goes by the model's confidence, not ";

  static Stream<Arguments> contradictions() {
    return Stream.of(
        refused(ANCESTRAL.withRemask(0.4), "remask is 0.4; allowed: " + CONFIDENT + "ancestral"),
        refused(HITTING.withRemask(0.4), "remask is 0.4; allowed: " + CONFIDENT + "first-hitting"),
        refused(ANCESTRAL.withConfidenceStop(0.9), "confidence_stop is 0.9; allowed: " + CONFIDENT),
        refused(HITTING.withConfidenceStop(0.9), "confidence_stop is 0.9; allowed: " + CONFIDENT),
        refused(ANCESTRAL.withPatience(2), "patience is 2; allowed: " + CONFIDENT + "ancestral"),
        refused(HITTING.withPatience(2), "patience is 2; allowed: " + CONFIDENT + "first-hitting"),
        refused(
            ANCESTRAL.withWindow(4), "window is 4; allowed: 0 (all masks of the block) with an"),
        refused(LINEAR.withPatience(3), "patience is 3; allowed: " + CONFIDENT + "linear"),
        refused(ANCESTRAL.withSteps(10_001), "steps is 10001; allowed: 1 to 10000 with ancestral"),
        refused(
            GUIDED.withBlock(4).withCache(CacheMode.DUAL),
            "guidance is 2.0; allowed: 0 (off) with a cache, here dual"),
        refused(
            PLAIN.withCache(CacheMode.PREFIX),
            "cache is prefix; allowed: none, without blocks (block is 0), or a block of 1 or more"),
        refused(PLAIN.withMinTokens(9), "min_tokens is 9; allowed: at most 8, the masks"));
  }

  @ParameterizedTest
  @MethodSource("contradictions")
  void contradictionsAreRefused(DecodeOptions options, String message) {
    assertRefused(() -> plan(FakeDenoiser.CONFIG, options, 2), message);
  }

  @Test
  void guidanceNeedsFixedTextAndADenoiser() {
    assertRefused(
        () -> plan(FakeDenoiser.CONFIG, GUIDED, 0),
        "guidance is 2.0; allowed: 0 (off) where there is no fixed text");
    assertRefused(
        () -> plan(FakeCausalModel.CONFIG, GUIDED, 2),
        "guidance is 2.0; allowed: 0 (off) for a causal model");
    assertRefused(
        () -> plan(FakeCausalModel.CONFIG, PLAIN.withMinTokens(1), 2),
        "min_tokens is 1; allowed: 0 for a causal model");
  }

  static Stream<Arguments> blockCausalContradictions() {
    var in8 = BLOCK_CAUSAL.withBlock(8);
    var wrong = "bidirectional, block-causal";
    return Stream.of(
        refused(
            PLAIN.withAttention(AttentionMode.CAUSAL), "attention is causal; allowed: " + wrong),
        refused(BLOCK_CAUSAL, "block is 0; allowed: 1 or more with block-causal attention"),
        refused(
            in8.withCache(CacheMode.DUAL),
            "cache is dual; allowed: none, prefix or delayed with block-causal attention"),
        refused(
            in8.withCache(CacheMode.DELAYED).withRemask(0.4),
            "remask is 0.4; allowed: none with the cache delayed"),
        refused(
            PLAIN.withBlock(8).withCache(CacheMode.DELAYED),
            "cache is delayed; allowed: none, prefix or dual where every position sees all"),
        refused(
            in8.withVerification(Verification.OFF.withMode(Verification.Mode.LOSSLESS)),
            "verify is lossless; allowed: off or repair with block-causal attention"),
        refused(
            in8.withGuidance(GUIDED.guidance()).withCache(CacheMode.PREFIX),
            "guidance is 2.0; allowed: 0 (off) with a cache, here prefix"));
  }

  @ParameterizedTest
  @MethodSource("blockCausalContradictions")
  void whatBlockCausalAttentionCannotDoIsRefused(DecodeOptions options, String message) {
    assertRefusedWith(options::check, message);
  }

  @Test
  void anAttentionThatANetworkHasNotLearnedIsRefused() {
    var in8 = BLOCK_CAUSAL.withBlock(8);
    assertRefusedWith(
        () -> plan(FakeDenoiser.CONFIG, in8, 2),
        "attention is block-causal; allowed: bidirectional for this model");
    assertRefusedWith(
        () -> plan(BOTH_WAYS, in8.withBlock(16), 2),
        "block is 16; allowed: [4, 8], which this model has learned to attend block-causally in");
    assertRefusedWith(
        () -> plan(FakeCausalModel.CONFIG, in8, 2),
        "attention is block-causal; allowed: none for a causal model");
    assertRefusedWith(
        () -> plan(ONE_WAY, PLAIN, 2),
        "attention is bidirectional; allowed: block-causal, which this model has learned");
    var sides = ", for a model that has not learned bidirectional attention";
    assertRefusedWith(
        () -> plan(ONE_WAY, PLAIN.withBlock(8).withCache(CacheMode.DUAL), 2),
        "cache is dual; allowed: none, prefix or delayed" + sides);
    assertRefusedWith(
        () -> plan(ONE_WAY, in8.withVerification(mode(Verification.Mode.REPAIR)), 2),
        "verify is repair; allowed: off" + sides);
    assertRefusedWith(
        () -> plan(ONE_WAY, in8.forVerification(mode(Verification.Mode.LOSSLESS)), 2),
        "verify is lossless; allowed: off" + sides);
  }

  private static Verification mode(Verification.Mode mode) {
    return Verification.OFF.withMode(mode);
  }

  @Test
  void whatBlockCausalAttentionCanDoIsNotRefused() {
    var in8 = BLOCK_CAUSAL.withBlock(8);
    var fine =
        List.of(
            in8,
            in8.withCache(CacheMode.DELAYED).withPatience(2).withMinTokens(3),
            in8.withCache(CacheMode.PREFIX).withRemask(0.4).withPatience(2).withMinTokens(3),
            in8.withGuidance(GUIDED.guidance()),
            in8.withPolicy(new RevealPolicy.Ancestral()).withSteps(99));
    for (var options : fine) {
      for (var network : List.of(BOTH_WAYS, ONE_WAY)) {
        assertThat(plan(network, options, 2).attentionBlock()).isEqualTo(8);
      }
    }
    var repaired = in8.withVerification(mode(Verification.Mode.REPAIR));
    assertThat(plan(BOTH_WAYS, repaired, 2).attentionBlock()).isEqualTo(8);
    assertThat(plan(BOTH_WAYS, PLAIN.withBlock(8).withCache(CacheMode.DUAL), 2).attentionBlock())
        .isZero();
    assertThat(plan(BOTH_WAYS, in8.forVerification(mode(Verification.Mode.LOSSLESS)), 2))
        .extracting(DecodePlan::attentionBlock)
        .isEqualTo(0);
  }

  @Test
  void whatHoldsTogetherIsNot() {
    var fine =
        List.of(
            GUIDED.withRemask(0.4).withPatience(2).withConfidenceStop(0.9).withMinTokens(8),
            GUIDED.withPolicy(new RevealPolicy.Ancestral()).withSteps(10_000).withMinTokens(1),
            GUIDED.withPolicy(new RevealPolicy.FirstHitting()).withSteps(3).withBlock(4),
            LINEAR.withRemask(0.4),
            ANCESTRAL.withBlock(4).withCache(CacheMode.PREFIX).withSteps(100),
            PLAIN.withBlock(4).withCache(CacheMode.DUAL).withPatience(2).withMinTokens(3),
            PLAIN.withPolicy(new RevealPolicy.Random()).withPatience(1));
    for (var options : fine) {
      assertThatCode(() -> plan(FakeDenoiser.CONFIG, options, 2)).doesNotThrowAnyException();
    }
  }

  @Test
  void anotherPolicyLeavesBehindWhatOnlyFitsTheOneBefore() {
    var all = GUIDED.withRemask(0.4).withPatience(2).withConfidenceStop(0.9).withMinTokens(3);
    var policies = new ArrayList<>(List.of(LINEAR.policy(), ANCESTRAL.policy(), HITTING.policy()));
    for (var policy : policies) {
      assertThatCode(() -> plan(FakeDenoiser.CONFIG, all.forPolicy(policy), 2))
          .doesNotThrowAnyException();
    }
    assertThat(all.forPolicy(ANCESTRAL.policy()))
        .isEqualTo(GUIDED.withPolicy(ANCESTRAL.policy()).withMinTokens(3));
    assertThat(all.forPolicy(new RevealPolicy.Factor(2)))
        .isEqualTo(all.withPolicy(new RevealPolicy.Factor(2)));
  }

  private static Arguments refused(DecodeOptions options, String message) {
    return Arguments.of(options, message);
  }

  private static void assertRefused(Runnable making, String message) {
    assertThatThrownBy(making::run)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(message);
  }

  private static void assertRefusedWith(Runnable making, String message) {
    assertThatThrownBy(making::run).isInstanceOf(InvalidInputException.class).hasMessage(message);
  }

  private static DecodePlan plan(NetworkConfig network, DecodeOptions options, int pinned) {
    return DecodePlan.of(
        List.of(new Segment.Fixed(new int[pinned]), new Segment.Masked(8)), network, options, 1);
  }
}
