package io.redraft.model.nn.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.decode.CacheMode;
import io.redraft.model.decode.CacheUse;
import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.DecodeState;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.decode.PassShape;
import io.redraft.model.decode.RevealPolicy;
import io.redraft.model.decode.Sampling;
import io.redraft.model.decode.Segment;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.TimeConditioning;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Canvases with caches have the same bits alone and in every batch, of unlike modes, lengths and
 * places, and leave nothing behind. Inner dimensions of more than 1024 and few rows are where an
 * ordinary matrix product depends on its company.
 */
class BlockCacheBatchTest {
  private static final List<Sampling> SAMPLINGS =
      List.of(Sampling.GREEDY, new Sampling(1, 0, 1), new Sampling(0.9, 100, 0.8));

  private static Kernels kernels;

  @BeforeAll
  static void open() {
    kernels = Kernels.open(Device.CPU);
  }

  @AfterAll
  static void close() {
    kernels.close();
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT32, NONE, 2",
    "FLOAT32, NONE, 3",
    "FLOAT32, NONE, 8",
    "FLOAT32, SINUSOIDAL, 4",
    "FLOAT32, TABLE, 4",
    "FLOAT32, ADALN, 4",
    "BFLOAT16, NONE, 4",
    "BFLOAT16, ADALN, 8"
  })
  void aCanvasHasTheSameBitsAloneAndInEveryBatch(
      ComputeType type, TimeConditioning.Kind kind, int block) {
    int buckets = kind == TimeConditioning.Kind.TABLE ? 7 : 0;
    var config =
        RandomNetwork.denoiser(601, 96, 2, 3, 3, 1100)
            .withTime(new TimeConditioning(kind, buckets));
    var random = new RandomNetwork(config, 11);
    var plans = plans(config, block);
    try (var denoiser =
        (TransformerDenoiser) Networks.denoiser(config, random.source(), kernels, type)) {
      Map<Integer, List<Candidates>> alone = new LinkedHashMap<>();
      for (int i = 0; i < plans.size(); i++) {
        alone.putAll(together(denoiser, Map.of(i, plans.get(i)), new int[1]));
      }
      Map<Integer, DecodePlan> all = new LinkedHashMap<>();
      for (int i = 0; i < plans.size(); i++) {
        all.put(i, plans.get(i));
      }
      int[] largest = new int[1];
      var batched = together(denoiser, all, largest);
      assertThat(largest[0]).as("cached canvases in one pass").isGreaterThan(3);
      assertThat(denoiser.cachedSequences()).isZero();
      for (int i = 0; i < plans.size(); i++) {
        assertThat(batched.get(i)).hasSameSizeAs(alone.get(i));
        for (int step = 0; step < alone.get(i).size(); step++) {
          same(batched.get(i).get(step), alone.get(i).get(step));
        }
      }
    }
  }

  /** One position a canvas: a single row of every matrix product when it is alone. */
  @ParameterizedTest
  @EnumSource(ComputeType.class)
  void soItHasWhereOnePositionIsComputed(ComputeType type) {
    var config = RandomNetwork.denoiser(601, 96, 2, 3, 3, 1100);
    var random = new RandomNetwork(config, 11);
    var choice = new Random(5);
    try (var denoiser = Networks.denoiser(config, random.source(), kernels, type)) {
      var tasks = new ArrayList<DenoiseTask>();
      for (int i = 0; i < 9; i++) {
        int[] canvas = choice.ints(20 + i, 0, 599).toArray();
        int at = choice.nextInt(canvas.length);
        canvas[at] = config.maskToken();
        var sampling = SAMPLINGS.get(i % SAMPLINGS.size());
        denoiser.denoise(List.of(task(canvas, at, sampling, new CacheUse.Refresh(i))));
        tasks.add(task(canvas, at, sampling, new CacheUse.Reuse(i, new int[] {at})));
      }
      var batched = denoiser.denoise(tasks);
      for (int i = 0; i < tasks.size(); i++) {
        same(denoiser.denoise(List.of(tasks.get(i))).get(0), batched.get(i));
      }
    }
  }

  private static DenoiseTask task(int[] canvas, int row, Sampling sampling, CacheUse use) {
    return new DenoiseTask(canvas, new int[] {row}, sampling, 1, 0, -1, 0, use);
  }

  /** Twelve plans: three modes, two lengths of canvas, prompts of many lengths. */
  private static List<DecodePlan> plans(NetworkConfig config, int block) {
    var plans = new ArrayList<DecodePlan>();
    var choice = new Random(block);
    for (int i = 0; i < 12; i++) {
      int length = i % 2 == 0 ? 37 : 52;
      int prompt = 2 + choice.nextInt(9);
      var options =
          DecodeOptions.DEFAULTS
              .withPolicy(new RevealPolicy.Threshold(0.5))
              .withBlock(block)
              .withCache(
                  i % 6 == 5 ? CacheMode.NONE : i % 4 == 3 ? CacheMode.PREFIX : CacheMode.DUAL)
              .withSampling(SAMPLINGS.get(i % SAMPLINGS.size()));
      int[] text = choice.ints(prompt, 0, config.vocabularySize() - 2).toArray();
      int masks = 3 * block + i % 3;
      plans.add(
          DecodePlan.of(
              List.of(
                  new Segment.Fixed(text),
                  new Segment.Masked(masks),
                  new Segment.Fixed(choice.ints(length - prompt - masks, 0, 599).toArray())),
              config,
              options,
              i));
    }
    return plans;
  }

  /** Every step's candidates of canvases that share their passes; the largest cached batch. */
  private static Map<Integer, List<Candidates>> together(
      Denoiser denoiser, Map<Integer, DecodePlan> plans, int[] largest) {
    Map<Integer, List<Candidates>> seen = new LinkedHashMap<>();
    Map<Integer, DecodeState> open = new LinkedHashMap<>();
    plans.forEach((name, plan) -> open.put(name, DecodeState.start(plan)));
    while (!open.isEmpty()) {
      Map<PassShape, List<Integer>> passes = new LinkedHashMap<>();
      open.forEach(
          (name, state) ->
              passes.computeIfAbsent(state.next(name).shape(), s -> new ArrayList<>()).add(name));
      passes.forEach(
          (shape, names) -> {
            var tasks = names.stream().map(name -> open.get(name).next(name)).toList();
            var results = denoiser.denoise(tasks);
            largest[0] =
                Math.max(largest[0], shape.extent() == PassShape.Extent.SOME ? names.size() : 0);
            for (int i = 0; i < names.size(); i++) {
              int name = names.get(i);
              seen.computeIfAbsent(name, n -> new ArrayList<>()).add(results.get(i));
              open.put(name, open.get(name).advance(results.get(i)).state());
            }
          });
      open.values().removeIf(DecodeState::done);
    }
    plans.keySet().forEach(denoiser::release);
    return seen;
  }

  @Test
  void whatIsReleasedIsFree() throws IOException {
    Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/statm")));
    // A cache of 2 layers, keys and values, 96 numbers, 256 places: 384 KiB.
    var random = new RandomNetwork(RandomNetwork.denoiser(61, 96, 2, 3, 3, 100), 11);
    var options = DecodeOptions.DEFAULTS.withBlock(8).withCache(CacheMode.DUAL);
    List<Segment> text = List.of(new Segment.Fixed(new int[] {1}), new Segment.Masked(255));
    var plan = DecodePlan.of(text, random.config(), options, 1);
    try (var denoiser =
        (TransformerDenoiser)
            Networks.denoiser(random.config(), random.source(), kernels, ComputeType.FLOAT32)) {
      openAndRelease(denoiser, plan, 0, 40);
      long before = residentKiB();
      openAndRelease(denoiser, plan, 40, 440);
      // 400 caches that leaked would be 150 MiB; the Java heap may grow by some.
      assertThat(residentKiB() - before).isLessThan(60 << 10);
      openAndKeep(denoiser, plan, 3);
      assertThat(denoiser.cachedSequences()).isEqualTo(3);
    }
  }

  private static void openAndRelease(
      TransformerDenoiser denoiser, DecodePlan plan, long from, long to) {
    LongStream.range(from, to)
        .forEach(
            name -> {
              var state = DecodeState.start(plan);
              for (int step = 0; step < 2; step++) {
                var candidates = denoiser.denoise(List.of(state.next(name))).get(0);
                state = state.advance(candidates).state();
              }
              denoiser.release(name);
            });
    assertThat(denoiser.cachedSequences()).isZero();
  }

  private static void openAndKeep(Denoiser denoiser, DecodePlan plan, int count) {
    for (int name = 0; name < count; name++) {
      denoiser.denoise(List.of(DecodeState.start(plan).next(name)));
    }
  }

  private static long residentKiB() throws IOException {
    String pages = Files.readString(Path.of("/proc/self/statm")).split(" ")[1];
    return Long.parseLong(pages) * 4;
  }

  private static void same(Candidates actual, Candidates expected) {
    assertThat(actual.positions()).isEqualTo(expected.positions());
    assertThat(actual.tokens()).isEqualTo(expected.tokens());
    assertThat(actual.confidences()).isEqualTo(expected.confidences());
    assertThat(actual.entropies()).isEqualTo(expected.entropies());
  }
}
