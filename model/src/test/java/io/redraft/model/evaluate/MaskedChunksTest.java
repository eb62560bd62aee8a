package io.redraft.model.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.objective.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaskedChunksTest {
  /** Three chunks of 8 tokens and one of 3. */
  private static final int[] TOKENS = IntStream.range(0, 27).toArray();

  private static MaskedChunks of(int masks, int batch) {
    return new MaskedChunks(TOKENS, 8, masks, batch, 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 5, 15, 100})
  void everyChunkComesUnderAllMasksInTheirOrderAndInBatchesOfOneLength(int batch) {
    List<Sample> samples = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    for (var asked : of(5, batch)) {
      assertThat(asked.places()).hasSameSizeAs(asked.samples());
      assertThat(asked.samples())
          .extracting(s -> s.tokens().length)
          .containsOnly(asked.samples().get(0).tokens().length);
      samples.addAll(asked.samples());
      sizes.add(asked.samples().size());
    }
    assertThat(samples)
        .extracting(Sample::id)
        .containsExactly(IntStream.range(0, 20).mapToObj(i -> (long) i / 5).toArray(Long[]::new));
    assertThat(samples.get(16).tokens()).containsExactly(24, 25, 26);
    // The same five seeds for every chunk, and all of them different.
    var seeds = samples.stream().map(Sample::passSeed).toList();
    assertThat(seeds.subList(0, 5)).doesNotHaveDuplicates();
    for (var c = 1; c < 4; c++) {
      assertThat(seeds.subList(5 * c, 5 * c + 5)).isEqualTo(seeds.subList(0, 5));
    }
    // 15 long sequences, then 5 short ones, never more than a batch together.
    List<Integer> expected = new ArrayList<>();
    for (var left : new int[] {15, 5}) {
      for (var rest = left; rest > 0; rest -= batch) {
        expected.add(Math.min(rest, batch));
      }
    }
    assertThat(sizes).isEqualTo(expected);
  }

  @Test
  void placesOfAChunkLieOneInEachStratum() {
    for (var asked : of(5, 5)) {
      var strata = new int[5];
      for (var place : asked.places()) {
        strata[(int) (5 * place)]++;
      }
      assertThat(strata).containsOnly(1);
    }
  }

  @Test
  void aTextWithoutATokenHasNoBatch() {
    var none = new MaskedChunks(new int[0], 8, 5, 4, 1).iterator();
    assertThat(none.hasNext()).isFalse();
    assertThatThrownBy(none::next).isInstanceOf(NoSuchElementException.class);
  }
}
