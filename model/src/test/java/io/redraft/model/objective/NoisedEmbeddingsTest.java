package io.redraft.model.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.noise.Corruption;
import io.redraft.model.noise.NoiseLevel;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NoisedEmbeddingsTest {
  private static final int MASK = 99;
  private static final int LENGTH = 4000;

  private static TokenBatch batch(Corruption corruption, Condition condition) {
    var tokens = IntStream.range(0, LENGTH).map(i -> i % 50).toArray();
    var samples =
        List.of(new Sample(1, 5, tokens, condition), new Sample(2, 5, tokens, Condition.NONE));
    var levels = List.of(new NoiseLevel(0.3, 1), new NoiseLevel(0.84, 1));
    return Objective.UNIFORM.ask(samples, levels, corruption);
  }

  @Test
  void chosenPositionsReadTheMaskOrTheirOwnTokenWithTheNoiseOfTheRatio() {
    var batch = batch(new Corruption.Gaussian(MASK, 0.25, 2), Condition.NONE);
    var plain = batch(new Corruption.Masking(MASK), Condition.NONE);
    assertThat(batch.rows()).as("the same positions as with masks").isEqualTo(plain.rows());
    assertThat(batch.targets()).isEqualTo(plain.targets());
    assertThat(batch.weights()).isEqualTo(plain.weights());
    var masks = 0;
    var next = 0;
    for (var place = 0; place < 2 * LENGTH; place++) {
      var token = place % LENGTH % 50;
      var ratio = place < LENGTH ? 0.3 : 0.84;
      var asked = next < batch.size() && batch.rows()[next] == place;
      next += asked ? 1 : 0;
      var signal = (double) batch.noise().signal()[place];
      var amount = (double) batch.noise().amount()[place];
      if (!asked || batch.inputs()[place] == MASK) {
        masks += asked ? 1 : 0;
        assertThat(batch.inputs()[place]).isEqualTo(asked ? MASK : token);
        assertThat(signal).isEqualTo(1);
        assertThat(amount).isZero();
      } else {
        assertThat(batch.inputs()[place]).isEqualTo(token);
        assertThat(signal * signal).isCloseTo(1 - ratio, within(1e-6));
        assertThat(amount * amount).isCloseTo(4 * ratio, within(1e-6));
      }
    }
    // About 4,560 are chosen; four deviations of a share of a quarter.
    assertThat(masks / (double) batch.size()).isCloseTo(0.25, within(0.026));
  }

  @Test
  void everySequenceIsToldWhatShareOfItIsExpectedToBeHidden() {
    var corruption = new Corruption.Masking(MASK);
    assertThat(batch(corruption, Condition.NONE).maskRatios()).containsExactly(0.3f, 0.84f);
    // A tenth is given: 0.3 of nine tenths are hidden, and the tenth too where it is dropped.
    assertThat(batch(corruption, new Condition(400, false)).maskRatios()[0])
        .isCloseTo(0.27f, within(1e-6f));
    assertThat(batch(corruption, new Condition(400, true)).maskRatios()[0])
        .isCloseTo(0.37f, within(1e-6f));
  }

  @Test
  void aCanvasIsToldItsShareOfMasks() {
    int[] inputs = {1, MASK, 2, MASK, MASK, MASK, 3, MASK};
    var batch = new TokenBatch(2, 4, inputs, new int[0], new int[0], new float[0]);
    assertThat(batch.toldRatios(MASK)).containsExactly(0.5f, 0.75f);
  }

  @Test
  void noiseIsAskedForWhereThereIsSomeEachPlaceCountingAlike() {
    var tokens = batch(new Corruption.Gaussian(MASK, 0.25, 1), Condition.NONE);
    var noised = Arrays.stream(tokens.rows()).filter(r -> tokens.inputs()[r] != MASK).toArray();

    var noise = new Prediction(Prediction.Target.NOISE, 1).ask(tokens);
    assertThat(noise.rows()).isEqualTo(noised);
    assertThat(noise.weights()).containsOnly(0);
    assertThat(noise.noise().weights()).containsOnly(1f / noised.length);
    assertThat(noise.noise().tokens()).isFalse();

    var both = new Prediction(Prediction.Target.HYBRID, 0.5).ask(tokens);
    assertThat(both.rows()).isEqualTo(tokens.rows());
    assertThat(both.weights()).isEqualTo(tokens.weights());
    for (var n = 0; n < both.size(); n++) {
      var masked = tokens.inputs()[tokens.rows()[n]] == MASK;
      assertThat(both.noise().weights()[n]).isEqualTo(masked ? 0 : (float) (0.5 / noised.length));
    }
    assertThat(Prediction.TOKENS.ask(tokens)).isSameAs(tokens);

    var half = both.oneOf(2).padRows(8192);
    assertThat(half.noise().weights()).hasSize(8192);
    for (var n = 0; n < half.size(); n++) {
      var expected = n < both.size() ? both.noise().weights()[n] / 2 : 0;
      assertThat(half.noise().weights()[n]).isEqualTo(expected);
    }
  }
}
