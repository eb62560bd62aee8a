package io.redraft.model.nn.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.decode.CacheMode;
import io.redraft.model.decode.CacheUse;
import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.DecodeState;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.decode.RevealPolicy;
import io.redraft.model.decode.Sampling;
import io.redraft.model.decode.Segment;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Block-causal attention against float64, and its cache against itself without a cache. */
class PrefixCacheKernelTest {
  private static final Kernels KERNELS = Kernels.open(Device.CPU);
  private static final double TOLERANCE = 2e-5;

  @AfterAll
  static void close() {
    KERNELS.close();
  }

  private static NetworkConfig network(int size) {
    return RandomNetwork.blockCausal(RandomNetwork.denoiser(300, 96, 3, 6, 2, 100), size);
  }

  private static TransformerDenoiser open(RandomNetwork network, boolean packed) {
    return new TransformerDenoiser(
        PreparedNetwork.load(
            KERNELS, network.config(), network.source(), ComputeType.FLOAT32, packed));
  }

  private static int[] canvas(NetworkConfig config, int length, Random choice) {
    return choice
        .ints(length, 0, config.vocabularySize() - 2)
        .map(token -> choice.nextInt(3) > 0 ? token : config.maskToken())
        .toArray();
  }

  private static DenoiseTask task(int[] canvas, int[] rows, CacheUse use, int block) {
    return new DenoiseTask(
        canvas, rows, Sampling.GREEDY, 5, 0, -1, 0, use, Optional.empty(), block);
  }

  private static void compare(Candidates proposed, double[][] logits, int[] canvas, int mask) {
    for (int i = 0; i < proposed.size(); i++) {
      int position = proposed.positions()[i];
      double[] line = logits[position].clone();
      line[mask] = Double.NEGATIVE_INFINITY;
      double best = Arrays.stream(line).max().orElseThrow();
      double total = Arrays.stream(line).map(z -> Math.exp(z - best)).sum();
      double chosen = line[proposed.tokens()[i]];
      assertThat((double) proposed.confidences()[i])
          .isCloseTo(Math.exp(chosen - best) / total, within(TOLERANCE));
      if (canvas[position] == mask) {
        assertThat(chosen).isCloseTo(best, within(TOLERANCE));
      } else {
        assertThat(proposed.tokens()[i]).isEqualTo(canvas[position]);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"true, 8, 29", "true, 1, 17", "false, 8, 29", "false, 5, 40", "true, 64, 40"})
  void aPassOverTheWholeCanvasAgreesWithFloat64(boolean packed, int size, int length)
      throws Exception {
    var random = new RandomNetwork(network(size), 3);
    var config = random.config();
    int[] canvas = canvas(config, length, new Random(size));
    int[] rows = IntStream.range(0, length).toArray();
    try (var denoiser = open(random, packed)) {
      var seen = denoiser.denoise(List.of(task(canvas, rows, new CacheUse.None(), size))).get(0);
      compare(seen, new ReferenceTransformer(random).logits(canvas), canvas, config.maskToken());
    }
  }

  @ParameterizedTest
  @CsvSource({"true, 8, 29", "false, 8, 29", "true, 1, 6", "false, 16, 64"})
  void whatIsAppendedAgreesWithFloat64(boolean packed, int size, int length) throws Exception {
    var random = new RandomNetwork(network(size), 4);
    var config = random.config();
    int[] canvas = canvas(config, length, new Random(length));
    double[][] logits = new ReferenceTransformer(random).logits(canvas);
    try (var denoiser = open(random, packed)) {
      for (int from = 0; from < length; from += size) {
        int to = Math.min(length, from + size);
        int[] rows = IntStream.range(from, to).toArray();
        var use = new CacheUse.Append(7, from, to);
        var seen = denoiser.denoise(List.of(task(canvas, rows, use, size))).get(0);
        compare(seen, logits, canvas, config.maskToken());
      }
    }
  }

  @Test
  void textsWithAPrefixCacheHaveTheBitsOfThoseWithoutOneInWhateverCompany() throws Exception {
    var sizes = List.of(1, 4, 8, 16);
    var random =
        new RandomNetwork(
            RandomNetwork.denoiser(300, 96, 3, 6, 2, 100).withAttentionBlocks(sizes), 5);
    Map<Integer, DecodePlan> cached = new LinkedHashMap<>();
    for (int i = 0; i < 24; i++) {
      cached.put(i, plan(random.config(), i, sizes.get(i / 2 % 4), CacheMode.PREFIX));
    }
    try (var denoiser = open(random, true)) {
      var together = together(denoiser, cached, 7);
      for (int i = 0; i < 24; i++) {
        var plan = plan(random.config(), i, sizes.get(i / 2 % 4), CacheMode.NONE);
        assertThat(together.get(i)).as("text %d", i).isEqualTo(bits(alone(denoiser, plan, i)));
      }
    }
  }

  private static DecodePlan plan(NetworkConfig config, int i, int block, CacheMode cache) {
    var choice = new Random(i);
    var options =
        DecodeOptions.DEFAULTS
            .withPolicy(new RevealPolicy.Threshold(0.3))
            .withBlock(block)
            .withCache(cache)
            .withAttention(AttentionMode.BLOCK_CAUSAL)
            .withWindow(i % 4 == 1 ? 3 : 0)
            .withSampling(i % 2 == 0 ? Sampling.GREEDY : new Sampling(0.8, 0, 0.9));
    int[] text = choice.ints(1 + choice.nextInt(30), 0, 298).toArray();
    var segments =
        new ArrayList<Segment>(
            List.of(new Segment.Fixed(text), new Segment.Masked(20 + choice.nextInt(30))));
    if (i % 4 == 3) {
      segments.add(new Segment.Fixed(choice.ints(9, 0, 298).toArray()));
      segments.add(new Segment.Masked(7));
    }
    return DecodePlan.of(segments, config, options, i);
  }

  /** All candidates of a text that is written alone. */
  private static List<Candidates> alone(Denoiser denoiser, DecodePlan plan, int name) {
    List<Candidates> seen = new ArrayList<>();
    for (var state = DecodeState.start(plan); !state.done(); ) {
      var candidates = denoiser.denoise(List.of(state.next(name))).get(0);
      seen.add(candidates);
      state = state.advance(candidates).state();
    }
    denoiser.release(name);
    return seen;
  }

  /**
   * All candidates, as bits, of texts that share their passes and lose their caches at every so
   * many of their steps.
   */
  private static Map<Integer, List<List<Integer>>> together(
      Denoiser denoiser, Map<Integer, DecodePlan> plans, int loss) {
    Map<Integer, List<Candidates>> seen = new HashMap<>();
    Map<Integer, DecodeState> open = new LinkedHashMap<>();
    plans.forEach((name, plan) -> open.put(name, DecodeState.start(plan)));
    while (!open.isEmpty()) {
      var names = List.copyOf(open.keySet());
      for (int name : names) {
        if ((open.get(name).steps() + name) % loss == loss - 1 && open.get(name).cached()) {
          denoiser.release(name);
          denoiser.denoise(List.of(open.get(name).refresh(name)));
        }
      }
      var results =
          denoiser.denoise(names.stream().map(name -> open.get(name).next(name)).toList());
      for (int i = 0; i < names.size(); i++) {
        int name = names.get(i);
        seen.computeIfAbsent(name, n -> new ArrayList<>()).add(results.get(i));
        open.put(name, open.get(name).advance(results.get(i)).state());
      }
      open.values().removeIf(DecodeState::done);
    }
    plans.keySet().forEach(denoiser::release);
    Map<Integer, List<List<Integer>>> all = new HashMap<>();
    seen.forEach((name, candidates) -> all.put(name, bits(candidates)));
    return all;
  }

  private static List<List<Integer>> bits(List<Candidates> steps) {
    return steps.stream()
        .map(
            c ->
                IntStream.range(0, c.size())
                    .flatMap(
                        i ->
                            IntStream.of(
                                c.positions()[i],
                                c.tokens()[i],
                                Float.floatToRawIntBits(c.confidences()[i]),
                                Float.floatToRawIntBits(c.entropies()[i])))
                    .boxed()
                    .toList())
        .toList();
  }

  @ParameterizedTest
  @CsvSource({"true, 8, 29", "false, 8, 29", "true, 3, 20", "false, 16, 64"})
  void whatIsAmendedAgreesWithFloat64OverWhatWasKept(boolean packed, int size, int length)
      throws Exception {
    var random = new RandomNetwork(network(size), 8);
    var config = random.config();
    var reference = new ReferenceTransformer(random);
    var choice = new Random(size);
    int[] canvas = new int[length];
    Arrays.fill(canvas, config.maskToken());
    var seen = new double[config.layers()][2][length][];
    try (var denoiser = open(random, packed)) {
      for (int from = 0; from < length; from += size) {
        int to = Math.min(length, from + size);
        int[] all = IntStream.range(from, to).toArray();
        denoiser.denoise(List.of(task(canvas, all, new CacheUse.Append(7, from, to), size)));
        reference.logits(canvas, all, seen);
        int[] open = all;
        while (open.length > 0) {
          int[] masks = Arrays.stream(open).filter(p -> choice.nextInt(3) > 0).toArray();
          Arrays.stream(open)
              .filter(p -> Arrays.binarySearch(masks, p) < 0)
              .forEach(p -> canvas[p] = choice.nextInt(config.vocabularySize() - 2));
          var amended = task(canvas, open, new CacheUse.Amend(7, open, to), size);
          double[][] logits = new double[length][];
          double[][] computed = reference.logits(canvas, open, seen);
          for (int i = 0; i < open.length; i++) {
            logits[open[i]] = computed[i];
          }
          compare(denoiser.denoise(List.of(amended)).get(0), logits, canvas, config.maskToken());
          open = masks;
        }
      }
    }
  }

  @Test
  void textsWithADelayedCacheHaveTheSameBitsInWhateverCompany() throws Exception {
    var sizes = List.of(4, 8, 16);
    var random =
        new RandomNetwork(
            RandomNetwork.denoiser(300, 96, 3, 6, 2, 100).withAttentionBlocks(sizes), 5);
    Map<Integer, DecodePlan> plans = new LinkedHashMap<>();
    for (int i = 0; i < 18; i++) {
      var cache = i % 3 == 2 ? CacheMode.PREFIX : CacheMode.DELAYED;
      plans.put(i, plan(random.config(), i, sizes.get(i / 2 % 3), cache));
    }
    try (var denoiser = open(random, true)) {
      var together = together(denoiser, plans, Integer.MAX_VALUE);
      for (int i = 0; i < 18; i++) {
        assertThat(together.get(i))
            .as("text %d", i)
            .isEqualTo(bits(alone(denoiser, plans.get(i), i)));
      }
    }
  }

  @Test
  void aBlockMustHaveBeenKeptToBeAmended() throws Exception {
    var random = new RandomNetwork(network(8), 6);
    int[] canvas = canvas(random.config(), 29, new Random(1));
    int[] some = {9, 11};
    var amend = task(canvas, some, new CacheUse.Amend(3, some, 16), 8);
    try (var denoiser = open(random, true)) {
      assertThatThrownBy(() -> denoiser.denoise(List.of(amend)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("no keys and values of the first 16 of 29 positions are kept for sequence 3");
      denoiser.denoise(List.of(task(canvas, some, new CacheUse.Append(3, 0, 16), 8)));
      assertThat(denoiser.denoise(List.of(amend)).get(0).size()).isEqualTo(2);
      for (int[] wrong : List.of(new int[] {11, 9}, new int[] {9, 9})) {
        var disordered = task(canvas, some, new CacheUse.Amend(3, wrong, 16), 8);
        assertThatThrownBy(() -> denoiser.denoise(List.of(disordered)))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
    for (var use :
        List.of(
            new CacheUse.Amend(3, new int[] {7}, 16),
            new CacheUse.Amend(3, new int[] {16}, 16),
            new CacheUse.Amend(3, new int[] {9}, 15),
            new CacheUse.Amend(3, new int[] {}, 16))) {
      assertThatThrownBy(() -> task(canvas, some, use, 8))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void whatStandsBeforeAnAppendedRunMustHaveBeenKept() throws Exception {
    var random = new RandomNetwork(network(8), 6);
    int[] canvas = canvas(random.config(), 29, new Random(1));
    int[] rows = {18};
    try (var denoiser = open(random, true)) {
      var late = task(canvas, rows, new CacheUse.Append(3, 16, 24), 8);
      assertThatThrownBy(() -> denoiser.denoise(List.of(late)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("no keys and values of the first 16 of 29 positions are kept for sequence 3");
      denoiser.denoise(List.of(task(canvas, new int[] {2}, new CacheUse.Append(3, 0, 8), 8)));
      assertThatThrownBy(() -> denoiser.denoise(List.of(late)))
          .isInstanceOf(IllegalStateException.class);
      denoiser.denoise(List.of(task(canvas, new int[] {9}, new CacheUse.Append(3, 8, 16), 8)));
      assertThat(denoiser.denoise(List.of(late)).get(0).size()).isEqualTo(1);
      assertThatThrownBy(
              () ->
                  denoiser.denoise(
                      List.of(task(canvas, new int[] {3}, new CacheUse.Append(3, 16, 24), 8))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("row 3 is not among the positions");
    }
    assertThatThrownBy(() -> task(canvas, rows, new CacheUse.Append(3, 15, 24), 8))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> task(canvas, rows, new CacheUse.Append(3, 16, 23), 8))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> task(canvas, rows, new CacheUse.Refresh(3), 8))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
