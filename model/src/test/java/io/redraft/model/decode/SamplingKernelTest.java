package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.transformer.PreparedNetwork;
import io.redraft.model.nn.transformer.RandomNetwork;
import io.redraft.model.nn.transformer.TransformerDenoiser;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.Kernels;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The kernels draw what {@link ReferenceSampler} draws, and their noise is its noise. */
class SamplingKernelTest {
  private static final NetworkConfig CONFIG = RandomNetwork.denoiser(701, 64, 1, 4, 4, 172);

  private static Kernels kernels;
  private static TransformerDenoiser denoiser;

  @BeforeAll
  static void open() {
    kernels = Kernels.open(Device.CPU);
    var network = new RandomNetwork(CONFIG, 3);
    denoiser =
        new TransformerDenoiser(
            PreparedNetwork.load(kernels, CONFIG, network.source(), ComputeType.FLOAT32));
  }

  @AfterAll
  static void close() {
    denoiser.close();
    kernels.close();
  }

  @Test
  void noiseIsThatOfTheCounterBitForBit() {
    long[] seeds = {0, 1, -1, Long.MIN_VALUE, 0x0123456789ABCDEFL};
    long[] keys = new long[seeds.length];
    for (int i = 0; i < seeds.length; i++) {
      keys[i] = CounterRandom.key(seeds[i], 3 * i, 255 - i);
    }
    long[] tokens = {0, 1, 2, 511, 4095, 127_999, Integer.MAX_VALUE};
    try (DeviceScope scope = kernels.scope()) {
      NDArray uniform =
          kernels
              .call("uniform", scope)
              .tensor(scope.longs(keys, keys.length, 1))
              .tensor(scope.longs(tokens, tokens.length))
              .runOne();
      double[] values = uniform.toDoubleArray();
      for (int i = 0; i < keys.length; i++) {
        for (int t = 0; t < tokens.length; t++) {
          assertThat(values[i * tokens.length + t])
              .isEqualTo(CounterRandom.uniform(keys[i], (int) tokens[t]));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 1",
    "1, 0, 1",
    "0.3, 0, 1",
    "100, 0, 1",
    "1e-9, 0, 1", // no filter
    "1, 1, 1",
    "1, 5, 1",
    "0.8, 63, 1",
    "0.8, 64, 1",
    "2, 300, 1",
    "1, 700, 1",
    "1, 5000, 1", // k
    "1, 0, 0.9",
    "1, 0, 0.2",
    "3, 0, 0.99",
    "1, 0, 1e-9",
    "100, 0, 0.97", // p, within 64 and not
    "1, 50, 0.9",
    "2, 10, 0.5",
    "5, 200, 0.95" // both
  })
  void tokensAreThoseOfTheReferenceSampler(double temperature, int k, double p) {
    var sampling = new Sampling(temperature, k, p);
    var choice = new Random(17);
    for (int step = 0; step < 3; step++) {
      int[] canvas = choice.ints(48, 0, CONFIG.vocabularySize() - 1).toArray();
      int[] rows = IntStream.range(0, 48).filter(i -> i % 8 != 0).toArray();
      Arrays.stream(rows).forEach(r -> canvas[r] = CONFIG.maskToken());
      var task = new DenoiseTask(canvas, rows, sampling, choice.nextLong(), step);
      var candidates = denoiser.denoise(List.of(task)).get(0);
      float[][] logits = denoiser.network().logits(canvas, rows);
      for (int i = 0; i < rows.length; i++) {
        double[] z = new double[logits[i].length];
        for (int v = 0; v < z.length; v++) {
          z[v] = logits[i][v];
        }
        z = ReferenceSampler.bar(z, CONFIG.maskToken(), -1);
        var draw = ReferenceSampler.draw(z, sampling, task.seed(), step, rows[i]);
        assertThat(candidates.tokens()[i]).isEqualTo(draw.token());
        assertThat((double) candidates.confidences()[i]).isCloseTo(draw.confidence(), within(1e-5));
        assertThat((double) candidates.entropies()[i]).isCloseTo(draw.entropy(), within(1e-4));
      }
    }
  }

  /**
   * Enough draws that some are too close to call, or too extreme, for the kernel's float32 race.
   */
  @Test
  void drawsThatAreHardForFloat32AreThoseOfTheReferenceSampler() {
    int rows = 6000;
    int vocabulary = 40;
    var choice = new Random(23);
    float[] logits = new float[rows * vocabulary];
    for (int i = 0; i < logits.length; i++) {
      boolean peaked = i / vocabulary % 2 == 0;
      logits[i] = (float) (choice.nextGaussian() * (peaked ? 30 : 1));
    }
    long[] keys = new long[rows];
    double[] temperatures = new double[rows];
    for (int i = 0; i < rows; i++) {
      keys[i] = CounterRandom.key(5, i, i);
      temperatures[i] = i % 3 == 0 ? 0.5 : 1;
    }
    // k and p have no meaning without a limit.
    long[] tokens = draw(logits, keys, temperatures, new long[rows], temperatures, 0);
    for (int i = 0; i < rows; i++) {
      double[] z = new double[vocabulary];
      for (int v = 0; v < vocabulary; v++) {
        z[v] = logits[i * vocabulary + v];
      }
      var draw = ReferenceSampler.draw(z, new Sampling(temperatures[i], 0, 1), 5, i, i);
      assertThat(tokens[i]).isEqualTo(draw.token());
    }
  }

  /** Ten tokens lie above a tie at the k-th place that is longer than what is looked at first. */
  @ParameterizedTest
  @CsvSource({"20, 0.95", "300, 0.95", "20, 1"})
  void tokensThatTieWithTheLastOfTopKCountForTopP(int k, double p) {
    int rows = 64;
    int vocabulary = 600;
    int tied = 500;
    float[] logits = new float[rows * vocabulary];
    long[] keys = new long[rows];
    double[] ones = new double[rows];
    long[] ks = new long[rows];
    double[] ps = new double[rows];
    for (int i = 0; i < rows; i++) {
      for (int v = 0; v < vocabulary; v++) {
        logits[i * vocabulary + v] = v < 10 ? 5 : v < tied ? 0 : -20;
      }
      keys[i] = CounterRandom.key(7, i, i);
      ones[i] = 1;
      ks[i] = k;
      ps[i] = p;
    }
    long[] tokens = draw(logits, keys, ones, ks, ps, k + 1);
    for (int i = 0; i < rows; i++) {
      long key = keys[i];
      int winner =
          IntStream.range(0, tied)
              .boxed()
              .min(Comparator.comparingDouble(v -> race(key, v, v < 10 ? 5 : 0)))
              .orElseThrow();
      assertThat(tokens[i]).isEqualTo(winner);
    }
  }

  /** What the kernel draws of logits, a row a key. */
  private static long[] draw(
      float[] logits, long[] keys, double[] temperatures, long[] k, double[] p, long limit) {
    int rows = keys.length;
    try (DeviceScope scope = kernels.scope()) {
      return kernels
          .call("draw", scope)
          .tensor(scope.floats(logits, rows, logits.length / rows))
          .tensor(scope.longs(keys, rows, 1))
          .tensor(scope.doubles(temperatures, rows, 1))
          .tensor(scope.longs(k, rows, 1))
          .tensor(scope.doubles(p, rows, 1))
          .integer(limit)
          .runOne()
          .toLongArray();
    }
  }

  /** The token with the least of these is the one that Gumbel-max draws. */
  private static double race(long key, int token, double logit) {
    return -Math.log(CounterRandom.uniform(key, token)) / Math.exp(logit);
  }
}
