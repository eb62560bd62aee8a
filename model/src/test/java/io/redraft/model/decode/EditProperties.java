package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.InvalidInputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/** What always holds of edits, whatever the plan, the options, the denoiser and the moment. */
@Domain(DecodeScenarios.class)
@Domain(DomainContext.Global.class)
class EditProperties {
  private static final EditLimits LIMITS = new EditLimits(128, 50);
  private static final int TEXT = FakeDenoiser.CONFIG.endToken();

  @Property(tries = 400)
  void noPinIsEverLost(@ForAll DecodePlan plan, @ForAll Random random) {
    var ledger = new PinLedger(plan);
    run(
        plan,
        random,
        new Watcher() {
          @Override
          public void edited(DecodeState before, CanvasEdit edit, Edited edited) {
            ledger.edit(edit, before.canvas(), before.plan().endOf(before.canvas()));
            ledger.check(edited.state());
          }

          @Override
          public void stepped(Step<DecodeState> step) {
            ledger.check(step.state());
          }
        });
  }

  @Property(tries = 400)
  void foldingStepsAndEditsGivesTheCanvas(@ForAll DecodePlan plan, @ForAll Random random) {
    var folded = new ArrayList<Integer>();
    Arrays.stream(plan.canvas()).forEach(folded::add);
    int mask = plan.maskToken();
    var last =
        run(
            plan,
            random,
            new Watcher() {
              @Override
              public void edited(DecodeState before, CanvasEdit edit, Edited edited) {
                var splice = edited.splice();
                folded.subList(splice.at(), splice.at() + splice.removed()).clear();
                for (int i = 0; i < splice.inserted(); i++) {
                  folded.add(splice.at(), mask);
                }
                while (folded.size() > edited.state().plan().length()) {
                  assertThat(folded.remove(folded.size() - 1)).as("cut off").isEqualTo(mask);
                }
                for (int p : edited.reopened()) {
                  assertThat(folded.set(p, mask)).as("re-opened at %d", p).isNotEqualTo(mask);
                }
                for (int p : edited.changed()) {
                  folded.set(p, edited.state().canvas()[p]);
                }
                assertThat(edited.state().canvas()).isEqualTo(array(folded));
              }

              @Override
              public void stepped(Step<DecodeState> step) {
                for (int i = 0; i < step.committed().size(); i++) {
                  int p = step.committed().positions()[i];
                  assertThat(folded.set(p, step.committed().tokens()[i])).isEqualTo(mask);
                }
                for (int p : step.reopened()) {
                  assertThat(folded.set(p, mask)).isNotEqualTo(mask);
                }
                assertThat(step.state().canvas()).isEqualTo(array(folded));
              }
            });
    int[] text = Arrays.copyOf(array(folded), last.plan().endOf(array(folded)));
    assertThat(last.tokens()).isEqualTo(text).doesNotContain(mask);
  }

  @Property(tries = 400)
  void anEditBetweenAnyTwoStepsLeavesAStateThatCanGoOn(
      @ForAll DecodePlan plan, @ForAll Random random) {
    run(
        plan,
        random,
        new Watcher() {
          @Override
          public void edited(DecodeState before, CanvasEdit edit, Edited edited) {
            checkValid(edited.state());
            assertThat(edited.state().steps()).isEqualTo(before.steps());
          }

          @Override
          public void stepped(Step<DecodeState> step) {
            checkValid(step.state());
          }
        });
  }

  @Property(tries = 400)
  void theTextEndsWithinItsBudgetAfterTheLastEdit(@ForAll DecodePlan plan, @ForAll Random random) {
    var state = DecodeState.start(plan);
    for (int i = 0; i < 12; i++) {
      state = edited(state, random, (a, b, c) -> {});
      if (!state.done()) {
        state = state.advance(DecodeScenarios.anything(state, random)).state();
      }
    }
    int budget = 0;
    for (int block = 0; block < state.plan().blocks(); block++) {
      budget += state.plan().options().budget(state.plan().block(block).length) + 1;
    }
    int before = state.steps();
    while (!state.done()) {
      state = state.advance(DecodeScenarios.anything(state, random)).state();
      assertThat(state.steps() - before).isLessThanOrEqualTo(budget);
    }
  }

  @Property(tries = 200)
  void equalSeedsAndEqualEditsAtEqualStepsGiveEqualText(
      @ForAll DecodePlan plan, @ForAll long schedule) {
    var first = run(plan, new Random(schedule), new Watcher() {});
    assertThat(run(plan, new Random(schedule), new Watcher() {})).isEqualTo(first);
  }

  @Property(tries = 400)
  void aRefusedEditNamesItsFieldAndChangesNothing(@ForAll DecodePlan plan, @ForAll Random random) {
    var state = DecodeState.start(plan);
    var copy = RecordParts.of(state).build(DecodeState.class);
    for (int i = 0; i < 20; i++) {
      var edit = EditScenarios.any(random, 2 * plan.length(), TEXT + 2);
      try {
        state.edit(edit, LIMITS);
      } catch (InvalidInputException refused) {
        assertThat(refused.field()).isIn(edit.name(), "length");
        assertThat(refused.getMessage()).contains("allowed: ");
      }
      assertThat(state).isEqualTo(copy);
    }
  }

  @Property(tries = 400)
  void aMovedEditNamesTheSameTokens(@ForAll Random random) {
    int length = 1 + random.nextInt(20);
    var before = new ArrayList<Integer>();
    for (int p = 0; p < length; p++) {
      before.add(p);
    }
    int at = random.nextInt(length + 1);
    int removed = random.nextInt(length - at + 1);
    var splice = new Splice(at, removed, random.nextInt(4));
    var after = new ArrayList<>(before);
    after.subList(at, at + removed).clear();
    for (int i = 0; i < splice.inserted(); i++) {
      after.add(at, -1);
    }
    int from = random.nextInt(length);
    int span = 1 + random.nextInt(length - from);
    var named = before.subList(from, from + span);
    var moved = new CanvasEdit.Pin(from, span).moved(splice);
    int start = Collections.indexOfSubList(after, named);
    if (start < 0) {
      assertThat(moved).isEmpty();
    } else {
      assertThat(moved).contains(new CanvasEdit.Pin(start, span));
    }
    for (int p = 0; p < length; p++) {
      assertThat(splice.move(p)).isEqualTo(after.indexOf(p));
    }
  }

  /** Told what happens in a run. */
  private interface Watcher {
    default void edited(DecodeState before, CanvasEdit edit, Edited edited) {}

    default void stepped(Step<DecodeState> step) {}
  }

  /** What an edit is told to; three arguments, so not one of the library's. */
  private interface Editing {
    void edited(DecodeState before, CanvasEdit edit, Edited edited);
  }

  /** Steps with edits between them and during their passes, until the text is done. */
  private static DecodeState run(DecodePlan plan, Random random, Watcher watcher) {
    var state = DecodeState.start(plan);
    for (int i = 0; i < 10; i++) {
      state = edited(state, random, watcher::edited);
      if (!state.done()) {
        state = stepped(state, random, watcher);
      }
    }
    while (!state.done()) {
      var step = state.advance(DecodeScenarios.anything(state, random));
      watcher.stepped(step);
      state = step.state();
    }
    return state;
  }

  /**
   * One step whose pass, now and then, does not know of an edit that came while it was computed.
   */
  private static DecodeState stepped(DecodeState state, Random random, Watcher watcher) {
    var candidates = DecodeScenarios.anything(state, random);
    if (random.nextBoolean()) {
      var step = state.advance(candidates);
      watcher.stepped(step);
      return step.state();
    }
    var left = new Candidates[] {candidates};
    var now =
        edited(
            state,
            random,
            (before, edit, edited) -> {
              left[0] = edited.moved(left[0]);
              watcher.edited(before, edit, edited);
            });
    if (now.done()) {
      return now;
    }
    // Without an edit, the pass knows all: only so may it be a block's fallback.
    var step = now == state ? now.advance(candidates) : now.advanceAfterEdits(left[0]);
    watcher.stepped(step);
    return step.state();
  }

  private static DecodeState edited(DecodeState from, Random random, Editing told) {
    var state = from;
    for (int edits = random.nextInt(3); edits > 0; edits--) {
      var edit = EditScenarios.any(random, state.canvas().length, TEXT);
      try {
        var edited = state.edit(edit, LIMITS);
        told.edited(state, edit, edited);
        state = edited.state();
      } catch (InvalidInputException refused) {
        // which is what a client gets now and then
      }
    }
    return state;
  }

  private static void checkValid(DecodeState state) {
    int[] canvas = state.canvas();
    int mask = state.plan().maskToken();
    int end = state.plan().endOf(canvas);
    assertThat(canvas.length).isBetween(1, LIMITS.context());
    for (int p = end + 1; p < canvas.length; p++) {
      assertThat(canvas[p]).as("nothing behind the end").isEqualTo(mask);
    }
    for (int block = 0; block < Math.min(state.block(), state.plan().blocks()); block++) {
      for (int p : state.plan().block(block)) {
        assertThat(p > end || canvas[p] != mask).as("blocks behind are complete").isTrue();
      }
    }
    if (!state.done()) {
      assertThat(state.next().rows()).isNotEmpty();
      assertThat(Arrays.stream(state.next().rows()).anyMatch(p -> canvas[p] == mask)).isTrue();
    }
  }

  private static int[] array(List<Integer> list) {
    return list.stream().mapToInt(Integer::intValue).toArray();
  }
}
