package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import java.util.Arrays;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class CanvasEditTest {
  private static final int MASK = FakeDenoiser.CONFIG.maskToken();
  private static final int END = FakeDenoiser.CONFIG.endToken();
  private static final EditLimits LIMITS = new EditLimits(10, FakeDenoiser.CONFIG.vocabularySize());

  /** 9 is given; 5 and 6 are decided, the rest is masked. */
  private static DecodeState half() {
    return state(9, 5, 6, MASK, MASK, MASK);
  }

  /** 9 is given; the text ended after 5 and 6. */
  private static DecodeState ended() {
    return state(9, 5, 6, END, MASK, MASK);
  }

  @Test
  void aPinIsNoLongerWritable() {
    var edited = half().edit(new CanvasEdit.Pin(2, 1), LIMITS);
    assertThat(edited.state().plan().pinnedPositions()).containsExactly(0, 2);
    assertThat(edited.pinned()).containsExactly(2);
    assertThat(edited.changed()).isEmpty();
    assertThat(edited.state().canvas()).isEqualTo(half().canvas());
  }

  @Test
  void aPinNeedsADecidedToken() {
    refused(half(), new CanvasEdit.Pin(2, 2), "pin is 3; allowed: positions that are decided");
    refused(ended(), new CanvasEdit.Pin(3, 1), "pin is 3; allowed: positions before the end");
    refused(half(), new CanvasEdit.Pin(5, 2), "pin is 2 token(s) from position 5; allowed: 1 or");
    refused(half(), new CanvasEdit.Pin(0, 0), "pin is 0 token(s)");
    refused(half(), new CanvasEdit.Pin(-1, 1), "pin is 1 token(s) from position -1");
    refused(half(), new CanvasEdit.Pin(3, Integer.MAX_VALUE), "pin is 2147483647 token(s)");
  }

  @Test
  void aReplacementOfEqualLengthMovesNothing() {
    var edited = half().edit(new CanvasEdit.Replace(2, 2, new int[] {7, 8}), LIMITS);
    assertThat(edited.state().canvas()).containsExactly(9, 5, 7, 8, MASK, MASK);
    assertThat(edited.splice().changes()).isFalse();
    assertThat(edited.changed()).containsExactly(2, 3);
    assertThat(edited.state().plan().pinnedPositions()).containsExactly(0, 2, 3);
  }

  @Test
  void aLongerReplacementGrowsTheCanvasAndAnEmptyOneShrinksIt() {
    var longer = half().edit(new CanvasEdit.Replace(1, 1, new int[] {7, 8, 7}), LIMITS);
    assertThat(longer.state().canvas()).containsExactly(9, 7, 8, 7, 6, MASK, MASK, MASK);
    assertThat(longer.splice()).isEqualTo(new Splice(1, 1, 3));

    var shorter = half().edit(new CanvasEdit.Replace(1, 1, new int[0]), LIMITS);
    assertThat(shorter.state().canvas()).containsExactly(9, 6, MASK, MASK, MASK);
    assertThat(shorter.changed()).isEmpty();

    var between = half().edit(new CanvasEdit.Replace(1, 0, new int[] {7}), LIMITS);
    assertThat(between.state().canvas()).containsExactly(9, 7, 5, 6, MASK, MASK, MASK);
  }

  @Test
  void aReplacementThatDoesNotFitIsRefusedWithNumbers() {
    refused(
        half(),
        new CanvasEdit.Replace(1, 1, new int[6]),
        "length is 11 tokens after the edit; allowed: at most 10, the model's context");
    refused(half(), new CanvasEdit.Replace(1, 1, new int[] {MASK}), "replace is token " + MASK);
    refused(half(), new CanvasEdit.Replace(1, 0, new int[0]), "replace has neither");
    refused(half(), new CanvasEdit.Replace(0, 6, new int[0]), "replace is nothing for the whole");
    refused(half(), new CanvasEdit.Replace(7, 0, new int[1]), "replace is 0 token(s)");
  }

  @Test
  void masksBehindTheEndOfTextMakeWay() {
    var grown = ended().edit(new CanvasEdit.Replace(1, 1, new int[] {7, 7, 7, 7, 7, 7}), LIMITS);
    assertThat(grown.state().canvas()).containsExactly(9, 7, 7, 7, 7, 7, 7, 6, END, MASK);
    assertThat(grown.state().done()).isTrue();
    refused(
        ended(), new CanvasEdit.Replace(1, 1, new int[8]), "length is 11 tokens after the edit");
  }

  @Test
  void whatIsReopenedIsWrittenAnewPinnedOrNot() {
    var edited = half().edit(new CanvasEdit.Reopen(0, 2), LIMITS);
    assertThat(edited.state().canvas()).containsExactly(MASK, MASK, 6, MASK, MASK, MASK);
    assertThat(edited.reopened()).containsExactly(0, 1);
    assertThat(edited.state().next().rows()).containsExactly(0, 1, 3, 4, 5);
    assertThat(edited.state().plan().pinned()).isZero();
  }

  @Test
  void aFinishedTextIsOpenAgainAfterAReopening() {
    var edited = ended().edit(new CanvasEdit.Reopen(1, 1), LIMITS);
    assertThat(ended().done()).isTrue();
    assertThat(edited.state().done()).isFalse();
    assertThat(edited.state().next().rows()).containsExactly(1);
  }

  @Test
  void reopeningTheEndOpensWhatLiesBehindIt() {
    var edited = ended().edit(new CanvasEdit.Reopen(3, 1), LIMITS);
    assertThat(edited.state().next().rows()).containsExactly(3, 4, 5);
  }

  @Test
  void moreMasksComeBehindTheTextOrWhereTheyAreWanted() {
    assertThat(extend(half(), OptionalInt.empty(), 2).canvas())
        .containsExactly(9, 5, 6, MASK, MASK, MASK, MASK, MASK);
    assertThat(extend(ended(), OptionalInt.empty(), 2).canvas())
        .containsExactly(9, 5, 6, MASK, MASK, END, MASK, MASK);
    assertThat(extend(ended(), OptionalInt.empty(), 2).next().rows()).containsExactly(3, 4);
    assertThat(extend(half(), OptionalInt.of(1), 1).canvas())
        .containsExactly(9, MASK, 5, 6, MASK, MASK, MASK);
    refused(half(), new CanvasEdit.Extend(OptionalInt.empty(), 0), "extend is 0; allowed: 1 to 10");
    refused(half(), new CanvasEdit.Extend(OptionalInt.empty(), 5), "length is 11 tokens");
    refused(
        ended(),
        new CanvasEdit.Extend(OptionalInt.of(4), 1),
        "extend is at 4; allowed: positions 0 to 3");
  }

  @Test
  void textFixedBehindAnEndOfTextReopensTheEnd() {
    var edited = ended().edit(new CanvasEdit.Replace(4, 1, new int[] {7}), LIMITS);
    assertThat(edited.state().canvas()).containsExactly(9, 5, 6, MASK, 7, MASK);
    assertThat(edited.reopened()).containsExactly(3);
    assertThat(edited.state().next().rows()).containsExactly(3, 5);
  }

  @Test
  void aTextThatIsFixedAllOverIsDone() {
    var edited = state(9, 5, 6).edit(new CanvasEdit.Pin(1, 2), LIMITS);
    assertThat(edited.state().done()).isTrue();
    assertThat(edited.state().tokens()).containsExactly(9, 5, 6);
    assertThat(edited.state().finishReason()).contains(FinishReason.LENGTH);
  }

  @Test
  void aPassThatDidNotKnowOfTheEditNeverWritesOverIt() {
    var edited = half().edit(new CanvasEdit.Replace(3, 1, new int[] {7, 8}), LIMITS);
    var stale =
        new Candidates(
            new int[] {3, 4, 5}, new int[] {1, 2, END}, new float[] {.9f, .8f, .7f}, new float[3]);
    var left = edited.moved(stale);
    assertThat(left.positions()).containsExactly(5, 6);
    assertThat(left.tokens()).containsExactly(2, END);
    var step = edited.state().advanceAfterEdits(left);
    assertThat(step.state().canvas()).startsWith(9, 5, 6, 7, 8);
  }

  @Test
  void whatAPassSaidOfPositionsThatAnEditNamesIsDroppedWhateverStandsThere() {
    var stale =
        new Candidates(
            new int[] {3, 4, 5}, new int[] {1, 2, 3}, new float[] {.9f, .8f, .7f}, new float[3]);
    var replaced = half().edit(new CanvasEdit.Replace(3, 2, new int[] {7, 8}), LIMITS);
    assertThat(replaced.moved(stale).positions()).containsExactly(5);
    var reopened = half().edit(new CanvasEdit.Reopen(2, 2), LIMITS);
    assertThat(reopened.moved(stale).positions()).containsExactly(4, 5);
    var extended = half().edit(new CanvasEdit.Extend(OptionalInt.of(4), 1), LIMITS);
    assertThat(extended.moved(stale).positions()).containsExactly(3, 5, 6);
  }

  @Test
  void anEndOfTextThatWasProposedBeforeFixedTextCameBehindItIsLeftOut() {
    var edited = half().edit(new CanvasEdit.Replace(5, 1, new int[] {7}), LIMITS);
    var stale =
        new Candidates(
            new int[] {3, 4, 5}, new int[] {END, 2, 3}, new float[] {.9f, .8f, .7f}, new float[3]);
    var step = edited.state().advanceAfterEdits(edited.moved(stale));
    assertThat(step.state().canvas()).doesNotContain(END);
  }

  @Test
  void theBlockWithTheFirstMaskIsWrittenNext() {
    var options = DecodeOptions.DEFAULTS.withBlock(2);
    var plan = new DecodePlan(new int[] {9, MASK, MASK, MASK, MASK}, MASK, END, options, 1, 0);
    var state = DecodeState.at(plan, new int[] {9, 5, 6, 7, MASK}, 3, 3);
    assertThat(state.block()).isEqualTo(1);
    var edited = state.edit(new CanvasEdit.Reopen(2, 1), LIMITS);
    assertThat(edited.state().block()).isZero();
    assertThat(edited.state().next().rows()).containsExactly(2);
    var step =
        edited
            .state()
            .advance(new Candidates(new int[] {2}, new int[] {8}, new float[] {.5f}, new float[1]));
    assertThat(step.state().next().rows()).as("on to the next block").containsExactly(4);
  }

  private static DecodeState extend(DecodeState state, OptionalInt at, int count) {
    return state.edit(new CanvasEdit.Extend(at, count), LIMITS).state();
  }

  private static void refused(DecodeState state, CanvasEdit edit, String message) {
    assertThatThrownBy(() -> state.edit(edit, LIMITS))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(message);
  }

  /** A canvas whose first position is given and whose others are written. */
  private static DecodeState state(int... canvas) {
    int[] fixed = new int[canvas.length];
    Arrays.fill(fixed, MASK);
    fixed[0] = canvas[0];
    var plan = new DecodePlan(fixed, MASK, END, DecodeOptions.DEFAULTS, 1, 0);
    return DecodeState.at(plan, canvas, 3, 3);
  }
}
