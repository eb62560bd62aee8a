package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/** Which passes a block-causal plan asks for, and that its cache is seen in no text. */
@Domain(DecodeScenarios.class)
@Domain(DomainContext.Global.class)
class PrefixCacheTest {
  private static final int NAME = 7;
  private static final EditLimits LIMITS = EditLimits.of(DecodeScenarios.NETWORK);

  /** Stands for a position whose keys and values are not kept; no token and no mask. */
  private static final int NOTHING = -1;

  @Property(tries = 500)
  void aTextIsTheOneThatItIsWithoutACache(
      @ForAll DecodePlan any, @ForAll @IntRange(min = 1, max = 20) int size) {
    var cached = DecodeState.start(blockCausal(any, size, CacheMode.PREFIX));
    var plain = DecodeState.start(blockCausal(any, size, CacheMode.NONE));
    try (var denoiser = denoiser()) {
      while (!plain.done()) {
        var task = plain.next(NAME);
        assertThat(task.cache()).isEqualTo(new CacheUse.None());
        assertThat(task.attentionBlock()).isEqualTo(size);
        var seen = denoiser.denoise(List.of(task)).get(0);
        var same = denoiser.denoise(List.of(cached.next(NAME))).get(0);
        assertSame(same, seen);
        cached = cached.advance(same).state();
        plain = plain.advance(seen).state();
        assertThat(cached.canvas()).isEqualTo(plain.canvas());
      }
    }
    assertThat(cached.done()).isTrue();
    assertThat(cached.steps()).isEqualTo(plain.steps());
  }

  @Property(tries = 500)
  void aStepAppendsFromTheFirstBlockThatIsNotKeptToTheEndOfTheActiveOne(
      @ForAll DecodePlan any,
      @ForAll @IntRange(min = 1, max = 20) int size,
      @ForAll Random random) {
    var plan = blockCausal(any, size, CacheMode.PREFIX);
    int[] held = new int[plan.length()];
    Arrays.fill(held, NOTHING);
    for (var state = DecodeState.start(plan); !state.done(); ) {
      int[] canvas = state.canvas();
      int active = firstMask(plan, canvas) / size;
      int from = 0;
      while (from < active && sameBlock(held, canvas, from, size)) {
        from++;
      }
      var task = state.next(NAME);
      int to = Math.min(plan.length(), (active + 1) * size);
      assertThat(task.cache()).isEqualTo(new CacheUse.Append(NAME, from * size, to));
      assertThat(task.shape()).isEqualTo(PassShape.appended(to - from * size));
      assertThat(state.cached()).isEqualTo(from > 0);
      assertThat(Arrays.stream(task.rows())).allMatch(row -> row >= active * size && row < to);
      System.arraycopy(canvas, from * size, held, from * size, to - from * size);
      Arrays.fill(held, to, held.length, NOTHING);
      var step = state.advance(DecodeScenarios.anything(state, random));
      assertThat(Arrays.stream(step.committed().positions()))
          .allMatch(p -> p >= active * size && p < to);
      assertThat(Arrays.stream(step.draft().positions()))
          .allMatch(p -> p >= active * size && p < to);
      assertThat(Arrays.stream(step.reopened())).allMatch(p -> p >= active * size && p < to);
      state = step.state();
    }
  }

  @Property(tries = 500)
  void aFinishedBlockIsAppendedOnceWithItsLastTokensAndNeverAgain(
      @ForAll DecodePlan any,
      @ForAll @IntRange(min = 1, max = 20) int size,
      @ForAll Random random) {
    var plan = blockCausal(any, size, CacheMode.PREFIX);
    var appended = new ArrayList<CacheUse.Append>();
    var canvases = new ArrayList<int[]>();
    var state = DecodeState.start(plan);
    int last = 0;
    while (!state.done()) {
      appended.add((CacheUse.Append) state.next(NAME).cache());
      canvases.add(state.canvas());
      last = firstMask(plan, state.canvas()) / size;
      state = state.advance(DecodeScenarios.anything(state, random)).state();
    }
    for (int block = 0; block < last; block++) {
      int passes = 0;
      for (int i = 0; i < appended.size(); i++) {
        boolean computed =
            appended.get(i).from() <= block * size && block * size < appended.get(i).to();
        boolean whole = sameBlock(canvases.get(i), state.canvas(), block, size);
        passes += computed && whole ? 1 : 0;
        assertThat(computed && passes > 1).as("block %d once more, pass %d", block, i).isFalse();
      }
      assertThat(passes).as("passes with all of block %d", block).isOne();
    }
    int length = plan.length();
    assertThat(appended).allMatch(append -> append.to() <= length && append.from() < append.to());
  }

  @Property(tries = 300)
  void aCacheThatIsLostAtAnyStepIsFilledWithWhatItHeld(
      @ForAll DecodePlan any,
      @ForAll @IntRange(min = 1, max = 12) int size,
      @ForAll Random random) {
    var kept = denoiser();
    var lossy = denoiser();
    var state = DecodeState.start(blockCausal(any, size, CacheMode.PREFIX));
    while (!state.done()) {
      var task = state.next(NAME);
      if (random.nextBoolean()) {
        lossy.release(NAME);
        if (state.cached()) {
          var lost = state.refresh(NAME);
          var next = (CacheUse.Append) task.cache();
          assertThat(lost.cache()).isEqualTo(new CacheUse.Append(NAME, 0, next.from()));
          assertThat(lossy.denoise(List.of(lost)).get(0).size()).isOne();
        }
      }
      var candidates = kept.denoise(List.of(task)).get(0);
      assertSame(lossy.denoise(List.of(task)).get(0), candidates);
      state = state.advance(candidates).state();
    }
  }

  @Property(tries = 500)
  void blocksAreThoseOfTheCanvasAndNotOfTheMasks(
      @ForAll DecodePlan any, @ForAll @IntRange(min = 1, max = 20) int size) {
    var plan = blockCausal(any, size, CacheMode.PREFIX);
    var expected = new ArrayList<List<Integer>>();
    for (int from = 0; from < plan.length(); from += size) {
      var masks =
          IntStream.range(from, Math.min(plan.length(), from + size))
              .filter(p -> plan.canvas()[p] == plan.maskToken())
              .boxed()
              .toList();
      if (!masks.isEmpty()) {
        expected.add(masks);
      }
    }
    assertThat(plan.blocks()).isEqualTo(expected.size());
    for (int i = 0; i < expected.size(); i++) {
      assertThat(Arrays.stream(plan.block(i)).boxed()).isEqualTo(expected.get(i));
    }
  }

  @Property(tries = 400)
  void editsAreSeenByACacheWheneverTheyCome(
      @ForAll DecodePlan any,
      @ForAll @IntRange(min = 1, max = 12) int size,
      @ForAll long schedule) {
    var cached = edited(blockCausal(any, size, CacheMode.PREFIX), new Random(schedule));
    var plain = edited(blockCausal(any, size, CacheMode.NONE), new Random(schedule));
    assertThat(cached.canvas()).isEqualTo(plain.canvas());
    assertThat(cached.steps()).isEqualTo(plain.steps());
  }

  /**
   * The end of a text that is edited between its steps and while its passes are computed, by a
   * denoiser that fails where what is taken from a cache is not what stands there.
   */
  private static DecodeState edited(DecodePlan plan, Random random) {
    var state = DecodeState.start(plan);
    try (var denoiser = denoiser()) {
      for (int i = 0; i < 12 || !state.done(); i++) {
        boolean edits = i < 12;
        if (edits && random.nextBoolean()) {
          state = edit(state, random, new ArrayList<>());
        }
        if (state.done()) {
          continue;
        }
        var candidates = denoiser.denoise(List.of(state.next(NAME))).get(0);
        var made = new ArrayList<Edited>();
        if (edits && random.nextInt(3) == 0) {
          state = edit(state, random, made);
        }
        for (var edit : made) {
          candidates = edit.moved(candidates);
        }
        if (!state.done()) {
          var step =
              made.isEmpty() ? state.advance(candidates) : state.advanceAfterEdits(candidates);
          state = step.state();
        }
      }
    }
    return state;
  }

  private static DecodeState edit(DecodeState state, Random random, List<Edited> made) {
    var edit = EditScenarios.any(random, state.canvas().length, state.plan().endToken());
    try {
      var edited = state.edit(edit, LIMITS);
      made.add(edited);
      return edited.state();
    } catch (InvalidInputException refused) {
      return state; // which is what a client gets now and then
    }
  }

  @Example
  void aPromptOfSeveralBlocksIsAppendedWithTheFirstBlockThatIsWritten() {
    // Blocks of 4: ten pinned tokens, six masks, three pinned ones that fill no block, two masks.
    var text =
        List.<Segment>of(
            new Segment.Fixed(IntStream.range(0, 10).toArray()),
            new Segment.Masked(6),
            new Segment.Fixed(new int[] {30, 31, 32}),
            new Segment.Masked(2));
    var options =
        DecodeOptions.DEFAULTS
            .withAttention(AttentionMode.BLOCK_CAUSAL)
            .withBlock(4)
            .withCache(CacheMode.PREFIX)
            .withSteps(1);
    var state = DecodeState.start(DecodePlan.of(text, DecodeScenarios.NETWORK, options, 1));
    assertThat(state.plan().blocks()).isEqualTo(4);
    assertThatThrownBy(() -> DecodeState.start(state.plan()).refresh(NAME))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("there was no cache to lose");
    var uses = new ArrayList<CacheUse>();
    var asked = new ArrayList<List<Integer>>();
    var now = state;
    while (!now.done()) {
      var task = now.next(NAME);
      uses.add(task.cache());
      asked.add(Arrays.stream(task.rows()).boxed().toList());
      now = now.advance(all(task.rows())).state();
    }
    assertThat(uses)
        .containsExactly(
            new CacheUse.Append(NAME, 0, 12),
            new CacheUse.Append(NAME, 8, 16),
            new CacheUse.Append(NAME, 12, 20),
            new CacheUse.Append(NAME, 16, 21));
    assertThat(asked)
        .containsExactly(List.of(10, 11), List.of(12, 13, 14, 15), List.of(19), List.of(20));
  }

  private static Candidates all(int[] rows) {
    var candidates =
        new Candidates(rows, new int[rows.length], new float[rows.length], new float[rows.length]);
    Arrays.fill(candidates.tokens(), 20);
    Arrays.fill(candidates.confidences(), 0.9f);
    return candidates;
  }

  /** Any plan, carried out block-causally. */
  private static DecodePlan blockCausal(DecodePlan plan, int size, CacheMode cache) {
    var options =
        plan.options()
            .withGuidance(Guidance.NONE)
            .withAttention(AttentionMode.BLOCK_CAUSAL)
            .withBlock(size)
            .withCache(cache);
    return DecodeScenarios.withOptions(plan, options);
  }

  private static FakeDenoiser denoiser() {
    return new FakeDenoiser(DecodeScenarios.NETWORK, 1);
  }

  private static int firstMask(DecodePlan plan, int[] canvas) {
    return IntStream.range(0, canvas.length)
        .filter(p -> canvas[p] == plan.maskToken())
        .findFirst()
        .orElseThrow();
  }

  private static boolean sameBlock(int[] one, int[] other, int block, int size) {
    int to = Math.min(one.length, (block + 1) * size);
    return Arrays.equals(one, block * size, to, other, block * size, to);
  }

  private static void assertSame(Candidates one, Candidates other) {
    assertThat(one.positions()).isEqualTo(other.positions());
    assertThat(one.tokens()).isEqualTo(other.tokens());
    assertThat(one.confidences()).isEqualTo(other.confidences());
    assertThat(one.entropies()).isEqualTo(other.entropies());
  }
}
