package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.objective.TokenBatch;
import io.redraft.model.train.config.TrainingConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockCausalPlanTest {
  private static final int MASK = 999;

  @TempDir private Path folder;

  private BatchPlan plan(String... overrides) throws Exception {
    var file =
        Files.writeString(
            folder.resolve("run.yaml"),
            """
            model: {width: 8, heads: 2, context: 8, attention_blocks: [2, 3]}
            data: {format: synthetic}
            objective: {block_causal: 0.5}
            training: {batch: 4, accumulate: 2}
            """);
    var tokens = new int[100];
    Arrays.setAll(tokens, i -> i);
    var text = new PackedText.Builder().add(tokens, -1).build();
    return new BatchPlan(text, TrainingConfig.load(file, List.of(overrides)), MASK);
  }

  private static double sum(float[] weights) {
    var sum = 0.0;
    for (var weight : weights) {
      sum += weight;
    }
    return sum;
  }

  @Test
  void aStepIsOfOneKindAndItsWeightsSumToOne() throws Exception {
    var plan = plan();
    for (var step = 0; step < 20; step++) {
      var size = step % 2 == 0 ? 0 : plan.step(step).get(0).blockSize();
      var weights = 0.0;
      for (var batch : plan.step(step)) {
        assertThat(batch.blockSize()).isEqualTo(size);
        assertThat(batch.tokens()).isEqualTo(8);
        weights += sum(batch.weights());
      }
      if (step % 2 == 1) {
        assertThat(size).isIn(2, 3);
        assertThat(weights).isCloseTo(1, within(1e-6)); // 64 float32 numbers
      }
    }
  }

  @Test
  void theStepIsTheSameHoweverItIsDividedAmongMicroBatches() throws Exception {
    var two = plan().step(41);
    var one = plan("training.batch=8", "training.accumulate=1").step(41).get(0);
    assertThat(two.get(0).blockSize()).isEqualTo(one.blockSize());
    for (var part = 0; part < 2; part++) {
      var same = one.sequences(4 * part, 4 * part + 4);
      assertThat(two.get(part).inputs()).isEqualTo(same.inputs());
      assertThat(two.get(part).rows()).isEqualTo(same.rows());
      assertThat(two.get(part).targets()).isEqualTo(same.targets());
      for (var n = 0; n < same.size(); n++) {
        assertThat(two.get(part).weights()[n]).isCloseTo(same.weights()[n], within(1e-8f));
      }
    }
  }

  @Test
  void aStepIsAFunctionOfTheSeedAndItsNumber() throws Exception {
    var plan = plan();
    plan.step(3);
    assertThat(inputs(plan.step(41))).isEqualTo(inputs(plan().step(41)));
    assertThat(inputs(plan("run.seed=2").step(41))).isNotEqualTo(inputs(plan.step(41)));
    assertThat(inputs(plan.step(43))).isNotEqualTo(inputs(plan.step(41)));
  }

  @Test
  void theOtherStepsAreThoseOfARunWithoutBlocks() throws Exception {
    var alone = plan("model.attention_blocks=[]", "objective.block_causal=0");
    assertThat(inputs(plan().step(40))).isEqualTo(inputs(alone.step(40)));
  }

  private static int[] inputs(List<TokenBatch> batches) {
    return batches.stream().flatMapToInt(batch -> Arrays.stream(batch.inputs())).toArray();
  }
}
