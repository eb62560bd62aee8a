package io.redraft.model.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.objective.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MaskedCrossEntropyEvaluatorTest {
  private static final int MASK = 60;
  private static final NetworkConfig NETWORK =
      new NetworkConfig(
          61, 16, 4, 4, 2, 4, 24, 8, 1e-5, 100, false, AttentionMode.BIDIRECTIONAL, MASK, -1, 0);

  /** 100 chunks of 8 tokens and one of 3. */
  private static final EvaluationText TEXT =
      new EvaluationText(IntStream.range(0, 803).map(i -> i * 7 % 60).toArray(), 803, 803);

  private final List<TokenBatch> asked = new ArrayList<>();

  /** A network whose cross-entropy is a tenth of the target. */
  private float[] tenth(TokenBatch batch) {
    asked.add(batch);
    var losses = new float[batch.size()];
    for (var i = 0; i < losses.length; i++) {
      losses[i] = batch.targets()[i] / 10f;
    }
    return losses;
  }

  private Evaluation evaluate(double lowest, double highest, int masks, int batch) {
    return new MaskedCrossEntropyEvaluator(this::tenth, NETWORK, batch)
        .evaluate(TEXT, lowest, highest, masks, 1);
  }

  @Test
  void whereAllIsMaskedEveryTokenCountsOnceAMask() {
    var found = evaluate(1, 1, 3, 7);
    var mean = Arrays.stream(TEXT.tokens()).average().orElseThrow() / 10;

    assertThat(found.kind()).isEqualTo(Evaluation.Kind.MASKED_CROSS_ENTROPY);
    assertThat(found.tokens()).isEqualTo(3 * 803);
    assertThat(found.natsPerToken()).isCloseTo(mean, within(1e-6)); // float32 of tenths
    assertThat(found.bitsPerByte()).isNaN();
    assertThat(found.exact()).isFalse();
    assertThat(found.byMaskRatio())
        .singleElement()
        .isEqualTo(new Evaluation.Bucket(1, 1, 3 * 803, found.natsPerToken()));
  }

  @Test
  void aMaskedTokenCountsAlikeWhateverElseIsMasked() {
    var found = evaluate(0.2, 0.6, 5, 16);

    var sum = 0.0;
    var count = 0;
    for (var batch : asked) {
      for (var i = 0; i < batch.inputs().length; i++) {
        if (batch.inputs()[i] == MASK) {
          sum += batch.targets()[Arrays.binarySearch(batch.rows(), i)] / 10.0;
          count++;
        }
      }
    }
    assertThat(found.tokens()).isEqualTo(count);
    assertThat(found.natsPerToken()).isCloseTo(sum / count, within(1e-6));
    // 803 x 5 tokens, each masked with 0.4 on average: five deviations of 31 either way.
    assertThat(count).isBetween(1606 - 155, 1606 + 155);
  }

  @Test
  void ratiosOfAChunkLieOneInEachFifthOfTheRange() {
    evaluate(0.2, 0.6, 5, 5);
    assertThat(asked).hasSize(101);
    for (var batch : asked) {
      var strata = new int[5];
      for (var ratio : batch.maskRatios()) {
        strata[(int) ((ratio - 0.2) / 0.08)]++;
      }
      assertThat(strata).containsOnly(1);
    }
  }

  @Test
  void aSingleRatioIsExactlyThatOne() {
    evaluate(0.55, 0.55, 4, 16);
    for (var batch : asked) {
      for (var ratio : batch.maskRatios()) {
        assertThat(ratio).isEqualTo(0.55f);
      }
    }
  }

  @Test
  void masksDependOnTheSeedAloneAndNotOnTheBatch() {
    var one = evaluate(0.3, 0.3, 4, 1);
    assertThat(evaluate(0.3, 0.3, 4, 64).tokens()).isEqualTo(one.tokens());
    var other =
        new MaskedCrossEntropyEvaluator(this::tenth, NETWORK, 1).evaluate(TEXT, 0.3, 0.3, 4, 2);
    assertThat(other.natsPerToken()).isNotEqualTo(one.natsPerToken());
  }

  @Test
  void nothingMaskedIsNoNumber() {
    assertThat(evaluate(0, 0, 1, 8).natsPerToken()).isNaN();
  }
}
