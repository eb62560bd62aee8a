package io.redraft.actors.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.actors.serving.GenerationEvent.Committed;
import io.redraft.actors.serving.GenerationEvent.EditRefused;
import io.redraft.actors.serving.GenerationEvent.Edited;
import io.redraft.actors.serving.GenerationEvent.Finished;
import io.redraft.actors.serving.GenerationEvent.Settled;
import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.CanvasEdit;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.EditLimits;
import io.redraft.model.decode.FakeCausalModel;
import io.redraft.model.decode.FakeDenoiser;
import io.redraft.model.decode.Segment;
import io.redraft.model.decode.Splice;
import io.redraft.model.decode.VerifierSequence;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Edits and events of one text, step by step; positions 0 and 1 are given, four are written. */
class EditingTest {
  private static final OptionalLong NOW = OptionalLong.empty();

  @Test
  void anEditIsToldWithTheStepAtWhichItTookEffect() {
    var state = stepped(begun(false), 2, 20);
    var told = only(state.edit(7, NOW, new CanvasEdit.Pin(2, 1), true), Edited.class);
    assertThat(told.id()).isEqualTo(7);
    assertThat(told.step()).isEqualTo(1);
    assertThat(told.number()).isEqualTo(3);
    assertThat(told.pinned()).containsExactly(2);
  }

  @Test
  void theResultOfAPassInFlightIsDroppedWhereTheCanvasWasEdited() {
    var edited =
        begun(false).edit(1, NOW, new CanvasEdit.Replace(2, 1, new int[] {8, 9}), true).state();
    var change = edited.advance(proposed(new int[] {2, 3, 4, 5}, 20, 21, 22, 23), Instant.EPOCH);
    var committed = (Committed) change.events().get(change.events().size() - 1);
    // Of four proposals the one at 2 is gone, and the others are one further on.
    assertThat(committed.slots()).allMatch(s -> s.token() == s.position() - 4 + 21);
    assertThat(change.state().progress().canvas()).startsWith(11, 12, 8, 9);
  }

  @Test
  void aFinishedTextThatIsKeptOpenSettlesAndCanBeOpenedAgain() {
    var whole = begun(true).edit(1, NOW, replacement(2, 4), false);
    assertThat(whole.events()).hasExactlyElementsOfTypes(Edited.class, Settled.class);
    assertThat(whole.state().done()).isFalse();
    assertThat(whole.state().settled()).isTrue();

    var opened = whole.state().edit(2, NOW, new CanvasEdit.Reopen(3, 1), false).state();
    assertThat(opened.settled()).isFalse();
    assertThat(((Work.Denoise) opened.work(1, true)).task().rows()).containsExactly(3);

    var end = only(whole.state().closeEdits(), Finished.class);
    assertThat(end.tokens()).containsExactly(11, 12, 5, 5, 5, 5);
  }

  @Test
  void aTextThatIsNotKeptOpenIsFinishedByTheEditThatLeavesNoMask() {
    var whole = begun(false).edit(1, NOW, replacement(2, 4), true);
    assertThat(whole.events()).hasExactlyElementsOfTypes(Edited.class, Finished.class);
    assertThat(whole.state().done()).isTrue();
  }

  @Test
  void thePassInFlightOfATextThatAnEditCompletedChangesNothing() {
    var settled = begun(true).edit(1, NOW, replacement(2, 4), true).state();
    var change = settled.advance(proposed(new int[] {2, 3, 4, 5}, 1, 2, 3, 4), Instant.EPOCH);
    assertThat(change.events()).isEmpty();
    assertThat(change.state().progress()).isEqualTo(settled.progress());
  }

  @Test
  void anEditForAnEarlierCanvasIsMovedWithWhatItNames() {
    var longer =
        begun(false).edit(1, NOW, new CanvasEdit.Replace(0, 1, new int[] {7, 7, 7}), true).state();
    // Written before event 2 was read: 1 was the second given token, which is at 3 now.
    var told =
        only(longer.edit(2, OptionalLong.of(1), new CanvasEdit.Reopen(1, 1), true), Edited.class);
    assertThat(told.reopened()).containsExactly(3);
  }

  @Test
  void anEditOfWhatWasTakenApartSinceIsRefused() {
    var longer =
        begun(false).edit(1, NOW, new CanvasEdit.Replace(1, 1, new int[] {7, 7, 7}), true).state();
    var refused =
        only(
            longer.edit(2, OptionalLong.of(1), new CanvasEdit.Reopen(0, 3), true),
            EditRefused.class);
    assertThat(refused.id()).isEqualTo(2);
    assertThat(refused.field()).isEqualTo("base");
    assertThat(refused.message())
        .isEqualTo("base is 1; allowed: 2 or more, since event 2 changed what the edit names");
  }

  @Test
  void aTokenThatTheClientHasNotSeenIsNotPinned() {
    var state = stepped(begun(false), 2, 20);
    var blind = state.edit(1, OptionalLong.of(1), new CanvasEdit.Pin(2, 1), true);
    assertThat(only(blind, EditRefused.class).field()).isEqualTo("base");
    var seeing = state.edit(1, OptionalLong.of(2), new CanvasEdit.Pin(2, 1), true);
    only(seeing, Edited.class);
  }

  @Test
  void aBaseThatWasNeverToldIsRefused() {
    var refused =
        only(
            begun(false).edit(1, OptionalLong.of(9), new CanvasEdit.Reopen(1, 1), true),
            EditRefused.class);
    assertThat(refused.message()).isEqualTo("base is 9; allowed: 0 to 1");
  }

  @Test
  void aBaseOlderThanWhatIsRememberedIsRefused() {
    var history = EditHistory.start(1000);
    var state = begun(false);
    for (int i = 1; i <= EditHistory.KEPT + 1; i++) {
      var grown =
          new io.redraft.model.decode.Edited(
              (io.redraft.model.decode.DecodeState) state.progress(),
              new Splice(0, 0, 1),
              0,
              0,
              new int[0],
              new int[0],
              new int[0]);
      history = history.edited(i, grown);
    }
    var full = history;
    assertThat(full.moves()).hasSize(EditHistory.KEPT);
    var edit = new CanvasEdit.Extend(OptionalInt.of(0), 1);
    assertThatThrownBy(() -> full.translate(edit, OptionalLong.of(0), 300))
        .hasMessage("base is 0; allowed: 1 to 300");
  }

  @Test
  void aTokenThatBeginsTheTextIsToldAgainWhereItCameFromElsewhere() {
    var cut =
        only(
            begun(false).edit(1, NOW, new CanvasEdit.Replace(0, 1, new int[0]), true),
            Edited.class);
    assertThat(cut.changed()).containsExactly(new GenerationEvent.Slot(0, 12, 0));
    assertThat(cut.pinned()).containsExactly(0);

    var grown =
        only(
            begun(false).edit(1, NOW, new CanvasEdit.Extend(OptionalInt.of(0), 2), true),
            Edited.class);
    assertThat(grown.changed()).containsExactly(new GenerationEvent.Slot(2, 11, 0));
  }

  @Test
  void aCausalModelTakesNoEdits() {
    var state = start(AttentionMode.CAUSAL, FakeCausalModel.CONFIG).begin().state();
    var refused = only(state.edit(1, NOW, new CanvasEdit.Reopen(1, 1), true), EditRefused.class);
    assertThat(refused.message())
        .isEqualTo(
            "edit is reopen; allowed: none with a causal model, which writes from left to right only");
  }

  private static CanvasEdit replacement(int from, int length) {
    int[] tokens = new int[length];
    Arrays.fill(tokens, 5);
    return new CanvasEdit.Replace(from, length, tokens);
  }

  private static GenerationState start(AttentionMode attention, NetworkConfig network) {
    var plan =
        DecodePlan.of(
            List.of(new Segment.Fixed(new int[] {11, 12}), new Segment.Masked(4)),
            network,
            DecodeOptions.DEFAULTS,
            1);
    return GenerationState.start(plan, attention, VerifierSequence.NONE, Optional.empty())
        .editable(EditLimits.of(network), false);
  }

  private static GenerationState begun(boolean keepOpen) {
    return start(AttentionMode.BIDIRECTIONAL, FakeDenoiser.CONFIG)
        .editable(EditLimits.of(FakeDenoiser.CONFIG), keepOpen)
        .begin()
        .state();
  }

  /** After a step that decided one position. */
  private static GenerationState stepped(GenerationState state, int position, int token) {
    return state.advance(proposed(new int[] {position}, token), Instant.EPOCH).state();
  }

  private static Outcome proposed(int[] positions, int... tokens) {
    int n = positions.length;
    return new Outcome.Proposed(new Candidates(positions, tokens, new float[n], new float[n]));
  }

  private static <E extends GenerationEvent> E only(GenerationState.Change change, Class<E> type) {
    assertThat(change.events()).hasExactlyElementsOfTypes(type);
    return type.cast(change.events().get(0));
  }
}
