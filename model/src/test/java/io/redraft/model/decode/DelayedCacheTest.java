package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.nn.AttentionMode;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/** Which positions the steps of a block compute whose committed tokens are kept, too. */
@Domain(DecodeScenarios.class)
@Domain(DomainContext.Global.class)
class DelayedCacheTest {
  private static final int NAME = 7;

  /** Stands for a position whose keys and values are not kept; no token and no mask. */
  private static final int NOTHING = -1;

  @Property(tries = 500)
  void aStepComputesFromTheFirstOpenMaskToTheLastAndWhatTheStepBeforeHasCommitted(
      @ForAll DecodePlan any,
      @ForAll @IntRange(min = 1, max = 20) int size,
      @ForAll Random random) {
    var plan = delayed(any, size);
    int[] held = new int[plan.length()];
    Arrays.fill(held, NOTHING);
    for (var state = DecodeState.start(plan); !state.done(); ) {
      int[] canvas = state.canvas();
      int active = firstMask(plan, canvas) / size * size;
      int to = Math.min(plan.length(), active + size);
      boolean kept = Arrays.equals(held, 0, active, canvas, 0, active);
      boolean begun = IntStream.range(active, to).noneMatch(p -> held[p] == NOTHING);
      var task = state.next(NAME);
      int[] rows = task.rows();
      int[] open =
          IntStream.range(active, to)
              .filter(p -> p >= rows[0] && p <= rows[rows.length - 1] || canvas[p] != held[p])
              .toArray();
      if (kept && begun && open.length < to - active) {
        var amend = (CacheUse.Amend) task.cache();
        assertThat(amend.positions()).isEqualTo(open);
        assertThat(amend.to()).isEqualTo(to);
        assertThat(task.shape()).isEqualTo(PassShape.appended(open.length));
        assertThat(state.cached()).isTrue();
        assertThat(((CacheUse.Append) state.refresh(NAME).cache()).to()).isEqualTo(to);
      } else {
        var append = (CacheUse.Append) task.cache();
        assertThat(append.to()).isEqualTo(to);
        assertThat(append.from() <= active).isTrue();
      }
      System.arraycopy(canvas, 0, held, 0, to);
      state = state.advance(DecodeScenarios.anything(state, random)).state();
    }
  }

  @Property(tries = 500)
  void aFinishedBlockIsComputedAsAWholeBeforeTheNextOneTakesIt(
      @ForAll DecodePlan any,
      @ForAll @IntRange(min = 1, max = 20) int size,
      @ForAll Random random) {
    var plan = delayed(any, size);
    int[] whole = new int[plan.length()];
    Arrays.fill(whole, NOTHING);
    for (var state = DecodeState.start(plan); !state.done(); ) {
      int[] canvas = state.canvas();
      int active = firstMask(plan, canvas) / size * size;
      if (state.next(NAME).cache() instanceof CacheUse.Append append) {
        System.arraycopy(canvas, append.from(), whole, append.from(), append.to() - append.from());
      }
      assertThat(Arrays.copyOf(whole, active)).isEqualTo(Arrays.copyOf(canvas, active));
      state = state.advance(DecodeScenarios.anything(state, random)).state();
    }
  }

  /** The denoiser fails where what is taken is not what stands there. */
  @Property(tries = 300)
  void aCacheThatIsLostAtAnyStepIsFilledAndTheTextGoesOn(
      @ForAll DecodePlan any,
      @ForAll @IntRange(min = 1, max = 12) int size,
      @ForAll Random random) {
    var state = DecodeState.start(delayed(any, size));
    try (var denoiser = new FakeDenoiser(DecodeScenarios.NETWORK, 1)) {
      while (!state.done()) {
        var task = state.next(NAME);
        if (random.nextInt(3) == 0) {
          denoiser.release(NAME);
          if (state.cached()) {
            assertThat(denoiser.denoise(List.of(state.refresh(NAME))).get(0).size()).isOne();
          }
        }
        state = state.advance(denoiser.denoise(List.of(task)).get(0)).state();
      }
    }
  }

  private static int firstMask(DecodePlan plan, int[] canvas) {
    return IntStream.range(0, canvas.length)
        .filter(p -> canvas[p] == plan.maskToken())
        .findFirst()
        .orElseThrow();
  }

  /** Any plan without remasking, carried out block-causally. */
  private static DecodePlan delayed(DecodePlan plan, int size) {
    var options =
        plan.options()
            .with(change -> change.remask = OptionalDouble.empty())
            .withGuidance(Guidance.NONE)
            .withAttention(AttentionMode.BLOCK_CAUSAL)
            .withBlock(size)
            .withCache(CacheMode.DELAYED);
    return DecodeScenarios.withOptions(plan, options);
  }
}
