package io.redraft.load.kernels;

import io.redraft.load.measure.Rounds;
import io.redraft.load.measure.Series;
import io.redraft.model.decode.CacheUse;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Sampling;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.transformer.PreparedNetwork;
import io.redraft.model.nn.transformer.TransformerDenoiser;
import io.redraft.model.tensor.DeviceMemory;
import io.redraft.model.tensor.Kernels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/** Passes of a network of random weights that were made on the device. */
final class RandomPasses implements AutoCloseable {
  /** As models of this kind are initialised. */
  private static final double DEVIATION = 0.02;

  /** More than a GPU launches before it records. */
  private static final int WARM_UP = 6;

  static final String GREEDY = "most probable tokens";
  static final String DRAWN = "drawn at temperature 1";
  static final String KEPT = "keys and values kept";
  static final String REUSED = "block, the others' taken";

  /**
   * What canvases of one number and length gave.
   *
   * @param seconds of a pass, by what it does; empty where memory ran out
   * @param needed what {@link PassMemory} says
   * @param device bytes of the device's memory in use afterwards, by everyone; the allocator gives
   *     nothing back meanwhile, so this is the most that was in use; 0 where nobody counts
   */
  record Result(Map<String, Series> seconds, PassMemory needed, long device) {
    boolean outOfMemory() {
      return seconds.isEmpty();
    }
  }

  /**
   * What is measured.
   *
   * @param rows asked about in each canvas
   * @param block tokens of a pass that takes the other ones' keys and values
   * @param graphs whether a GPU records passes
   */
  record Settings(int rows, Optional<Integer> block, boolean graphs) {}

  private final Kernels kernels;
  private final NetworkConfig config;
  private final ComputeType type;
  private final int rows;
  private final Optional<Integer> block;
  private final long before;
  private final TransformerDenoiser denoiser;
  private final Random random = new Random(1);

  /** Makes the network. */
  RandomPasses(Kernels kernels, NetworkConfig config, ComputeType type, Settings settings) {
    this.kernels = kernels;
    this.config = config;
    this.type = type;
    this.rows = settings.rows();
    this.block = settings.block();
    kernels.trim();
    this.before = used();
    this.denoiser =
        new TransformerDenoiser(
            PreparedNetwork.random(kernels, config, type, DEVIATION), settings.graphs());
  }

  /** Bytes of the device in use before the network was made; 0 where nobody counts. */
  long before() {
    return before;
  }

  private long used() {
    return DeviceMemory.of(kernels).map(DeviceMemory::used).orElse(0L);
  }

  /** Measures passes over canvases; what an earlier measurement left on the device is freed. */
  Result measure(RandomShape shape, int rounds, Rounds.Progress progress) throws Exception {
    denoiser.forget();
    Map<String, Series> seconds;
    try {
      var variants = variants(shape);
      variants.run(WARM_UP, Duration.ZERO, round -> {});
      seconds = variants.run(rounds, Duration.ZERO, progress);
    } catch (RuntimeException e) {
      if (!String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("out of memory")) {
        throw e;
      }
      seconds = Map.of();
    }
    int bytes = type == ComputeType.BFLOAT16 ? 2 : 4;
    int kept = block.isPresent() ? shape.canvases() : 0;
    return new Result(seconds, PassMemory.of(config, shape, kept, bytes), used());
  }

  private Rounds<String> variants(RandomShape shape) {
    var canvases = canvases(shape);
    var drawn = new Sampling(1, 0, 1);
    var variants =
        new Rounds<String>()
            .with(GREEDY, round -> seconds(tasks(canvases, Sampling.GREEDY, round, Use.NONE)))
            .with(DRAWN, round -> seconds(tasks(canvases, drawn, round, Use.NONE)));
    if (block.isPresent()) {
      denoiser.denoise(tasks(canvases, Sampling.GREEDY, 0, Use.KEEP));
      variants
          .with(KEPT, round -> seconds(tasks(canvases, Sampling.GREEDY, round, Use.KEEP)))
          .with(REUSED, round -> seconds(tasks(canvases, Sampling.GREEDY, round, Use.TAKE)));
    }
    return variants;
  }

  /** What a pass does with keys and values. */
  private enum Use {
    NONE,
    KEEP,
    TAKE
  }

  /** Random tokens; the rows that are asked about, the first ones, are masked. */
  private List<int[]> canvases(RandomShape shape) {
    var canvases = new ArrayList<int[]>();
    for (int b = 0; b < shape.canvases(); b++) {
      int[] canvas = random.ints(shape.length(), 0, config.vocabularySize() - 1).toArray();
      for (int i = 0; i < rows; i++) {
        canvas[i] = config.maskToken();
      }
      canvases.add(canvas);
    }
    return canvases;
  }

  private List<DenoiseTask> tasks(List<int[]> canvases, Sampling sampling, int step, Use use) {
    int[] asked = IntStream.range(0, rows).toArray();
    return IntStream.range(0, canvases.size())
        .mapToObj(
            b ->
                new DenoiseTask(
                    canvases.get(b), asked, sampling, b, step, -1, 0, cacheUse(use, b + 1)))
        .toList();
  }

  private CacheUse cacheUse(Use use, long sequence) {
    return switch (use) {
      case NONE -> new CacheUse.None();
      case KEEP -> new CacheUse.Refresh(sequence);
      case TAKE -> new CacheUse.Reuse(sequence, IntStream.range(0, block.orElseThrow()).toArray());
    };
  }

  private double seconds(List<DenoiseTask> tasks) {
    long start = System.nanoTime();
    denoiser.denoise(tasks);
    return (System.nanoTime() - start) / 1e9;
  }

  @Override
  public void close() {
    denoiser.close();
  }
}
