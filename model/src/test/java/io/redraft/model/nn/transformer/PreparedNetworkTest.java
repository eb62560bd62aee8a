package io.redraft.model.nn.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withPrecision;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.TimeConditioning;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class PreparedNetworkTest {
  private static Kernels kernels;

  @BeforeAll
  static void open() {
    kernels = Kernels.open(Device.CPU);
  }

  @AfterAll
  static void close() {
    kernels.close();
  }

  static List<NetworkConfig> shapes() {
    return List.of(
        RandomNetwork.denoiser(97, 64, 3, 4, 4, 172),
        RandomNetwork.denoiser(97, 64, 2, 4, 1, 100),
        RandomNetwork.causal(80, 48, 3, 6, 2, 96),
        RandomNetwork.causal(80, 48, 2, 3, 3, 64),
        // Matrices of more than 1024 columns, which the CPU's layout cuts into pieces
        RandomNetwork.denoiser(40, 48, 1, 3, 3, 1100),
        RandomNetwork.denoiser(40, 1056, 1, 4, 4, 64),
        // Told their share of masks
        RandomNetwork.told(TimeConditioning.Kind.SINUSOIDAL),
        RandomNetwork.told(TimeConditioning.Kind.TABLE),
        RandomNetwork.told(TimeConditioning.Kind.ADALN));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void logitsAgreeWithAFloat64Computation(NetworkConfig config) {
    logitsAgree(config, true);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void soTheyDoInTheLayoutOfGpus(NetworkConfig config) {
    logitsAgree(config, false);
  }

  private static void logitsAgree(NetworkConfig config, boolean packed) {
    var random = new RandomNetwork(config, 5);
    var reference = new ReferenceTransformer(random);
    try (var network =
        PreparedNetwork.load(kernels, config, random.source(), ComputeType.FLOAT32, packed)) {
      for (int length : new int[] {1, 2, 19, 64}) {
        int[] tokens = new Random(length).ints(length, 0, config.vocabularySize()).toArray();
        for (int i = 0; i < length && !config.time().none(); i += 1 + i % 3) {
          tokens[i] = config.maskToken();
        }
        double[][] expected = reference.logits(tokens);
        float[][] logits = network.logits(tokens, IntStream.range(0, length).toArray());
        for (int t = 0; t < length; t++) {
          for (int v = 0; v < logits[t].length; v++) {
            if (v != config.maskToken()) {
              // What float32 loses over a few layers, on logits of size 1 to 5.
              assertThat((double) logits[t][v]).isCloseTo(expected[t][v], within(1e-4));
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TimeConditioning.Kind.class)
  void aNetworkIsTheUnconditionedOneWhileItsConditioningIsZero(TimeConditioning.Kind kind) {
    var told = new RandomNetwork(RandomNetwork.told(kind), 5);
    var plain = new RandomNetwork(told.config().withTime(TimeConditioning.NONE), 5);
    told.config()
        .time()
        .weights(48, 2)
        .keySet()
        .forEach(
            name -> {
              if (!name.contains("time_embed.fc")) {
                Arrays.fill(told.weight(name), 0);
              }
            });
    int[] canvas = {1, 96, 2, 96, 96};
    int[] rows = {0, 1, 2, 3, 4};
    try (var a = PreparedNetwork.load(kernels, told.config(), told.source(), ComputeType.FLOAT32);
        var b =
            PreparedNetwork.load(kernels, plain.config(), plain.source(), ComputeType.FLOAT32)) {
      float[][] expected = b.logits(canvas, rows);
      float[][] found = a.logits(canvas, rows);
      for (int t = 0; t < rows.length; t++) {
        // Sums into the residual stream may be rounded in another order.
        assertThat(found[t]).containsExactly(expected[t], withPrecision(1e-5f));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void bfloat16AgreesWithinItsPrecision(NetworkConfig config) {
    var random = new RandomNetwork(config, 5);
    int[] tokens = new Random(1).ints(40, 0, config.vocabularySize()).toArray();
    double[][] expected = new ReferenceTransformer(random).logits(tokens);
    try (var network =
        PreparedNetwork.load(kernels, config, random.source(), ComputeType.BFLOAT16)) {
      float[][] logits = network.logits(tokens, IntStream.range(0, tokens.length).toArray());
      double square = 0;
      double size = 0;
      for (int t = 0; t < tokens.length; t++) {
        for (int v = 0; v < logits[t].length; v++) {
          if (v != config.maskToken()) {
            square += Math.pow(logits[t][v] - expected[t][v], 2);
            size += Math.pow(expected[t][v], 2);
          }
        }
      }
      // Eight bits a number, over a few layers: a few parts in a hundred.
      assertThat(Math.sqrt(square / size)).isLessThan(0.03);
    }
  }

  @Test
  void crossEntropyIsThatOfTheLogitsWithoutTheMask() {
    var config = RandomNetwork.denoiser(97, 64, 2, 4, 4, 172);
    var random = new RandomNetwork(config, 9);
    var canvases =
        List.of(new Random(1).ints(70, 0, 97).toArray(), new Random(2).ints(70, 0, 97).toArray());
    int[] rows = IntStream.range(0, 140).filter(i -> i % 2 == 0 || i > 60).toArray();
    int[] targets = new Random(3).ints(rows.length, 0, 96).toArray();
    try (var network =
        PreparedNetwork.load(kernels, config, random.source(), ComputeType.FLOAT32)) {
      float[] losses = network.crossEntropy(canvases, rows, targets);
      var reference = new ReferenceTransformer(random);
      double[][][] logits = {reference.logits(canvases.get(0)), reference.logits(canvases.get(1))};
      for (int i = 0; i < rows.length; i++) {
        double[] z = Arrays.copyOf(logits[rows[i] / 70][rows[i] % 70], 96); // the mask is the last
        double total = Math.log(Arrays.stream(z).map(Math::exp).sum());
        assertThat((double) losses[i]).isCloseTo(total - z[targets[i]], within(1e-4));
      }
    }
  }
}
