package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;
import org.junit.jupiter.api.Test;

class DecodePlanTest {
  private static final int MASK = FakeDenoiser.CONFIG.maskToken();
  private static final int CONTEXT = FakeDenoiser.CONFIG.contextLength();

  @Test
  void laysTextAndMasksOutInOrder() {
    var plan = plan(fixed(1, 2), masked(2), fixed(3), masked(1));
    assertThat(plan.canvas()).containsExactly(1, 2, MASK, MASK, 3, MASK);
    assertThat(plan.writable()).containsExactly(2, 3, 5);
    assertThat(plan.pinnedPositions()).containsExactly(0, 1, 4);
    assertThat(plan.endsFrom()).isEqualTo(5);
  }

  @Test
  void anOpenLastMaskFillsTheContext() {
    var plan = plan(fixed(1, 2), masked(3), fixed(4), masked(0));
    assertThat(plan.length()).isEqualTo(CONTEXT);
    assertThat(plan.writable()).hasSize(CONTEXT - 3);
  }

  @Test
  void aTextThatEndsWithPinnedTextCanEndNowhere() {
    assertThat(plan(masked(3), fixed(1)).endsFrom()).isEqualTo(4);
  }

  @Test
  void blocksCountWritablePositionsOnly() {
    var plan = plan(DecodeOptions.DEFAULTS.withBlock(2), masked(1), fixed(7, 7), masked(4));
    assertThat(plan.blocks()).isEqualTo(3);
    assertThat(plan.block(0)).containsExactly(0, 3);
    assertThat(plan.block(1)).containsExactly(4, 5);
    assertThat(plan.block(2)).containsExactly(6);
  }

  @Property
  @Domain(DecodeScenarios.class)
  @Domain(DomainContext.Global.class)
  void blocksDivideTheWritablePositions(@ForAll DecodePlan plan) {
    int[] all =
        IntStream.range(0, plan.blocks())
            .flatMap(block -> Arrays.stream(plan.block(block)))
            .toArray();
    assertThat(all).isEqualTo(plan.writable());
    assertThat(IntStream.range(0, plan.blocks()).allMatch(b -> plan.block(b).length > 0)).isTrue();
  }

  @Test
  void aCausalCanvasBeginsWithTheBeginToken() {
    var plan =
        DecodePlan.of(
            List.of(fixed(5, 6), masked(3)), FakeCausalModel.CONFIG, DecodeOptions.DEFAULTS, 1);
    assertThat(plan.canvas()).containsExactly(0, 5, 6, -1, -1, -1);
  }

  @Test
  void refusesATextWithoutMasks() {
    refused("there is nothing to write: the text has no mask", fixed(1, 2));
    refused("there is nothing to write: the text has no mask");
  }

  @Test
  void refusesAPromptThatLeavesNoRoomWithNumbers() {
    refused(
        "prompt is 64 tokens; allowed: at most 63, so that one can be written in the model's"
            + " context of 64",
        fixed(new int[64]),
        masked(0));
  }

  @Test
  void refusesMoreMasksThanTheContextHoldsWithNumbers() {
    refused(
        "length is 61 tokens to write; allowed: at most 60, after 4 tokens of text in the model's"
            + " context of 64",
        fixed(1, 2, 3, 4),
        masked(61));
    refused("length is 65 tokens to write; allowed: at most 64", masked(64), masked(0));
    refused("length is", masked(Integer.MAX_VALUE), masked(Integer.MAX_VALUE));
  }

  @Test
  void refusesAnOpenOrNegativeMaskInTheMiddle() {
    refused("mask is 0; allowed: 1 or more", masked(0), fixed(1));
    refused("mask is -3; allowed: 1 or more", masked(-3));
  }

  @Test
  void refusesTokensThatTheModelDoesNotHave() {
    refused("text is token 50; allowed: 0 to 49", fixed(50), masked(1));
    refused("text is token -1", fixed(-1), masked(1));
    refused("text is token " + MASK, fixed(MASK), masked(1));
  }

  private static void refused(String message, Segment... segments) {
    assertThatThrownBy(() -> plan(segments))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(message);
  }

  private static DecodePlan plan(Segment... segments) {
    return plan(DecodeOptions.DEFAULTS, segments);
  }

  private static DecodePlan plan(DecodeOptions options, Segment... segments) {
    return DecodePlan.of(List.of(segments), FakeDenoiser.CONFIG, options, 1);
  }

  private static Segment fixed(int... tokens) {
    return new Segment.Fixed(tokens);
  }

  private static Segment masked(int count) {
    return new Segment.Masked(count);
  }
}
