package io.redraft.model.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockDiffusionTest {
  private static final int MASK = 99;
  private static final int LENGTH = 11;

  private static int[] text(int from) {
    return IntStream.range(from, from + LENGTH).toArray();
  }

  private static List<Sample> samples(int count, long passSeed) {
    return IntStream.range(0, count).mapToObj(i -> new Sample(i, passSeed, text(i))).toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 11, 16})
  void aSequenceIsTheNoisyTextAndTheCleanOneBehindIt(int size) {
    var batch = new BlockDiffusion(size, MASK).ask(samples(3, 7));
    assertThat(batch.blockSize()).isEqualTo(size);
    assertThat(batch.length()).isEqualTo(2 * LENGTH);
    assertThat(batch.tokens()).isEqualTo(LENGTH);
    List<Integer> masked = new ArrayList<>();
    for (var b = 0; b < 3; b++) {
      for (var i = 0; i < LENGTH; i++) {
        var noisy = 2 * LENGTH * b + i;
        assertThat(batch.inputs()[noisy + LENGTH]).isEqualTo(b + i);
        if (batch.inputs()[noisy] == MASK) {
          masked.add(noisy);
        } else {
          assertThat(batch.inputs()[noisy]).isEqualTo(b + i);
        }
      }
    }
    assertThat(Arrays.stream(batch.rows()).boxed()).isEqualTo(masked);
    for (var n = 0; n < batch.size(); n++) {
      assertThat(batch.targets()[n]).isEqualTo(batch.inputs()[batch.rows()[n] + LENGTH]);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 11, 16})
  void theWeightsOfABlockAreItsShareOfTheTokens(int size) {
    var batch = new BlockDiffusion(size, MASK).ask(samples(3, 7));
    var blocks = (LENGTH + size - 1) / size;
    var weights = new double[3 * blocks];
    var counts = new int[3 * blocks];
    for (var n = 0; n < batch.size(); n++) {
      var b = batch.rows()[n] / (2 * LENGTH);
      var block = b * blocks + batch.rows()[n] % (2 * LENGTH) / size;
      weights[block] += batch.weights()[n];
      counts[block]++;
    }
    for (var block = 0; block < weights.length; block++) {
      var length = Math.min(size, LENGTH - block % blocks * size);
      // m rows of (L/m)/N each, in float32.
      assertThat(weights[block]).isCloseTo(length / 33.0, within(1e-6));
      assertThat(counts[block]).isBetween(1, length);
    }
  }

  @Test
  void theNumberOfMasksIsUniformAndSoAreTheirPlaces() {
    var diffusion = new BlockDiffusion(4, MASK);
    var counts = new int[3][5]; // of blocks of 4, 4 and 3 tokens
    var places = new int[LENGTH];
    var passes = 40_000;
    for (var pass = 0; pass < passes; pass++) {
      var sample = new Sample(3, pass, text(0));
      var masks = diffusion.masks(sample);
      for (var block = 0; block < 3; block++) {
        counts[block][masks[block]]++;
      }
      for (var row : diffusion.ask(List.of(sample)).rows()) {
        places[row]++;
      }
    }
    for (var block = 0; block < 3; block++) {
      var length = block == 2 ? 3 : 4;
      for (var m = 1; m <= length; m++) {
        // Five standard deviations of a share of 40,000 are 0.011.
        assertThat((double) counts[block][m] / passes).isCloseTo(1.0 / length, within(0.011));
      }
    }
    for (var i = 0; i < LENGTH; i++) {
      var length = i < 8 ? 4 : 3;
      var expected = (length + 1) / 2.0 / length;
      assertThat((double) places[i] / passes).isCloseTo(expected, within(0.0125));
    }
  }

  @Test
  void theMasksOfASampleLieEvenlyFromOneToAllTokens() {
    var text = new int[32 * 8];
    for (var id = 0; id < 50; id++) {
      var masks = new BlockDiffusion(8, MASK).masks(new Sample(id, 5, text));
      var counts = new int[9];
      Arrays.stream(masks).forEach(m -> counts[m]++);
      // 32 blocks, 8 levels: 4 each if spread evenly; drawn alone they would often be 0 or 9.
      assertThat(Arrays.stream(counts).skip(1)).allMatch(n -> n >= 2 && n <= 6);
    }
  }

  @Test
  void whatIsMaskedInASampleDependsOnTheSampleAndThePassAlone() {
    var diffusion = new BlockDiffusion(4, MASK);
    var together = diffusion.ask(samples(5, 7));
    for (var b = 0; b < 5; b++) {
      var alone = diffusion.ask(List.of(samples(5, 7).get(b)));
      var part = together.sequences(b, b + 1);
      assertThat(part.inputs()).isEqualTo(alone.inputs());
      assertThat(part.rows()).isEqualTo(alone.rows());
      assertThat(part.targets()).isEqualTo(alone.targets());
      assertThat(part.blockSize()).isEqualTo(4);
      for (var n = 0; n < alone.size(); n++) {
        assertThat(part.weights()[n]).isCloseTo(alone.weights()[n] / 5, within(1e-7f));
      }
    }
    assertThat(diffusion.ask(samples(5, 7)).inputs()).isEqualTo(together.inputs());
    assertThat(diffusion.ask(samples(5, 8)).inputs()).isNotEqualTo(together.inputs());
  }

  @Test
  void paddingAndAveragingKeepTheBlocks() {
    var batch = new BlockDiffusion(4, MASK).ask(samples(2, 7));
    assertThat(batch.padRows(64).blockSize()).isEqualTo(4);
    assertThat(batch.oneOf(2).blockSize()).isEqualTo(4);
    assertThat(batch.oneOf(2).weights()[0]).isEqualTo(batch.weights()[0] / 2);
  }

  @Test
  void samplesOfDifferentLengthsAreRefused() {
    var samples = List.of(new Sample(0, 1, text(0)), new Sample(1, 1, new int[4]));
    assertThatThrownBy(() -> new BlockDiffusion(4, MASK).ask(samples))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
