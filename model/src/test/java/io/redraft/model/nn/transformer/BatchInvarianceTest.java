package io.redraft.model.nn.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.decode.Sampling;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.TimeConditioning;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * On the CPU a task's candidates have the same bits whatever their batch. The shapes are those at
 * which an ordinary matrix product does depend on the number of rows: an inner dimension of 1024
 * and more, and few rows.
 */
class BatchInvarianceTest {
  private static final List<Sampling> SAMPLINGS =
      List.of(
          Sampling.GREEDY,
          new Sampling(1, 0, 1),
          new Sampling(0.7, 40, 1),
          new Sampling(1.3, 0, 0.9),
          new Sampling(0.9, 100, 0.8));

  private static Kernels kernels;

  @BeforeAll
  static void open() {
    kernels = Kernels.open(Device.CPU);
  }

  @AfterAll
  static void close() {
    kernels.close();
  }

  /** Every canvas of a batch has another share of masks. */
  @ParameterizedTest
  @EnumSource(TimeConditioning.Kind.class)
  void soTheyDoWhereEveryCanvasIsToldAnotherMaskRatio(TimeConditioning.Kind kind) {
    int buckets = kind == TimeConditioning.Kind.TABLE ? 7 : 0;
    var config =
        RandomNetwork.denoiser(601, 96, 2, 3, 3, 1100)
            .withTime(new TimeConditioning(kind, buckets));
    for (int length : new int[] {5, 33}) {
      everyBatchGivesTheSameBits(config, ComputeType.FLOAT32, length);
    }
    everyBatchGivesTheSameBits(config, ComputeType.BFLOAT16, 32);
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT32, 1",
    "FLOAT32, 5",
    "FLOAT32, 32",
    "FLOAT32, 67",
    "BFLOAT16, 5",
    "BFLOAT16, 32"
  })
  void everyBatchGivesTheSameBits(ComputeType type, int length) {
    everyBatchGivesTheSameBits(RandomNetwork.denoiser(601, 96, 2, 3, 3, 1100), type, length);
  }

  private static void everyBatchGivesTheSameBits(
      NetworkConfig config, ComputeType type, int length) {
    var random = new RandomNetwork(config, 11);
    var choice = new Random(length);
    try (Denoiser denoiser = Networks.denoiser(random.config(), random.source(), kernels, type)) {
      var tasks = new ArrayList<DenoiseTask>();
      for (int i = 0; i < 16; i++) {
        var sampling = SAMPLINGS.get(i % SAMPLINGS.size());
        tasks.add(task(random.config(), length, sampling, choice, i + 1));
      }
      var alone = tasks.stream().map(task -> denoiser.denoise(List.of(task)).get(0)).toList();
      for (int size : new int[] {3, 16}) {
        for (int from = 0; from + size <= 16; from += size) {
          var batch = denoiser.denoise(tasks.subList(from, from + size));
          for (int i = 0; i < size; i++) {
            same(batch.get(i), alone.get(from + i));
          }
        }
      }
    }
  }

  private static DenoiseTask task(
      NetworkConfig config, int length, Sampling sampling, Random choice, int maskedOf16) {
    int[] canvas = choice.ints(length, 0, config.vocabularySize()).toArray();
    int[] rows = IntStream.range(0, length).filter(i -> choice.nextInt(4) > 0).toArray();
    if (rows.length == 0) {
      rows = new int[] {0};
    }
    Arrays.stream(rows)
        .filter(r -> r % 5 != 0 && choice.nextInt(16) < maskedOf16)
        .forEach(r -> canvas[r] = config.maskToken());
    return new DenoiseTask(canvas, rows, sampling, choice.nextLong(), choice.nextInt(100));
  }

  private static void same(Candidates actual, Candidates expected) {
    assertThat(actual.positions()).isEqualTo(expected.positions());
    assertThat(actual.tokens()).isEqualTo(expected.tokens());
    assertThat(actual.confidences()).isEqualTo(expected.confidences());
    assertThat(actual.entropies()).isEqualTo(expected.entropies());
  }
}
