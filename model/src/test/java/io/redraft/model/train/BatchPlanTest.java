package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.objective.TokenBatch;
import io.redraft.model.train.config.TrainingConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchPlanTest {
  private static final int MASK = 999;
  private static final int END = 998;

  @TempDir private Path folder;

  private TrainingConfig config(String... overrides) throws Exception {
    var file =
        Files.writeString(
            folder.resolve("run.yaml"),
            """
            model: {width: 8, heads: 2, context: 8}
            data: {format: synthetic}
            training: {batch: 4, accumulate: 2}
            """);
    return TrainingConfig.load(file, List.of(overrides));
  }

  /** Ten documents of 5 to 14 tokens; a token tells its place in the text. */
  private static PackedText text() {
    var text = new PackedText.Builder();
    var at = 0;
    for (var document = 0; document < 10; document++) {
      var tokens = new int[5 + document];
      for (var i = 0; i < tokens.length; i++) {
        tokens[i] = at++;
      }
      at++;
      text.add(tokens, END);
    }
    return text.build();
  }

  /** What stood at each place before it was masked. */
  private static int[] original(TokenBatch batch) {
    var tokens = batch.inputs().clone();
    for (var n = 0; n < batch.size(); n++) {
      tokens[batch.rows()[n]] = batch.targets()[n];
    }
    return tokens;
  }

  @Test
  void aStepIsAFunctionOfTheSeedAndItsNumber() throws Exception {
    var plan = new BatchPlan(text(), config(), MASK);
    plan.step(3);
    var again = new BatchPlan(text(), config(), MASK).step(41);
    var once = plan.step(41);
    for (var part = 0; part < 2; part++) {
      assertThat(once.get(part).inputs()).isEqualTo(again.get(part).inputs());
      assertThat(once.get(part).weights()).isEqualTo(again.get(part).weights());
    }
    var other = new BatchPlan(text(), config("run.seed=2"), MASK).step(41);
    assertThat(other.get(0).inputs()).isNotEqualTo(once.get(0).inputs());
  }

  @Test
  void onePassReadsTheWholeTextOnce() throws Exception {
    // 105 tokens are 13 windows of 8; a window that wraps around reads on at the beginning.
    var config = config("training.batch=13", "training.accumulate=1");
    var seen = new int[105];
    for (var token : original(new BatchPlan(text(), config, MASK).step(0).get(0))) {
      if (token != END) {
        seen[token]++;
      }
    }
    assertThat(seen).containsOnly(0, 1);
    var missed = 0;
    for (var place = 0; place < seen.length; place++) {
      missed += seen[place] == 0 ? 1 : 0;
    }
    // Ten ends of text, and the one token by which 105 exceeds 13 windows.
    assertThat(missed).isBetween(10, 11);
  }

  @Test
  void windowsBeginWhereDocumentsDoWhenAllAreToldTo() throws Exception {
    var plan = new BatchPlan(text(), config("data.document_starts=1"), MASK);
    for (var batch : plan.step(5)) {
      var tokens = original(batch);
      for (var b = 0; b < batch.batch(); b++) {
        var first = tokens[b * 8];
        assertThat(text().documentStart(first)).isEqualTo(first);
      }
    }
  }

  @Test
  void microBatchesTogetherWeighLikeOne() throws Exception {
    var plan = new BatchPlan(text(), config("objective.kind=masked-mean"), MASK);
    for (var step = 0; step < 20; step++) {
      for (var batch : plan.step(step)) {
        var sum = 0.0;
        for (var weight : batch.weights()) {
          sum += weight;
        }
        assertThat(sum).isCloseTo(0.5, org.assertj.core.api.Assertions.within(1e-6));
      }
    }
  }

  @Test
  void theSameWindowIsMaskedDifferentlyInEveryPass() throws Exception {
    var config = config("training.batch=13", "training.accumulate=1", "model.context=8");
    var plan = new BatchPlan(text(), config, MASK);
    assertThat(plan.step(0).get(0).rows()).isNotEqualTo(plan.step(1).get(0).rows());
    assertThat(plan.passes(2)).isEqualTo(2);
  }

  /** The lowest and the highest time of a step of {@code nelbo} under a linear schedule. */
  private static double[] times(BatchPlan plan, long step, int samples, double share) {
    double[] ends = {1, 0};
    for (var batch : plan.step(step)) {
      for (var weight : batch.weights()) {
        // weight = share / t / (samples · 8 tokens)
        var t = share / (weight * samples * 8);
        ends[0] = Math.min(ends[0], t);
        ends[1] = Math.max(ends[1], t);
      }
    }
    return ends;
  }

  @Test
  void aCurriculumLimitsTheNoiseOfItsPassesAndNoOther() throws Exception {
    // 13 windows: a step is a pass.
    var config =
        config(
            "training.batch=13",
            "training.accumulate=1",
            "objective.schedule=linear",
            "objective.curriculum=[{until_pass: 2, mask_max: 0.3}, {until_pass: 5, mask_max: 0.6}]");
    var plan = new BatchPlan(text(), config, MASK);
    double[] limits = {0.3, 0.3, 0.6, 0.6, 0.6, 1, 1};
    for (var step = 0; step < limits.length; step++) {
      var limit = limits[step];
      var ends = times(plan, step, 13, (limit - 0.001) / 0.999);
      assertThat(ends[1]).isLessThanOrEqualTo(limit + 1e-6);
      // One of 13 strata in the upper quarter hides one of 8 tokens with near certainty.
      assertThat(ends[1]).isGreaterThan(0.75 * limit);
    }
  }

  @Test
  void aBandOfNoiseHoldsAllLevelsOfARun() throws Exception {
    var config =
        config("objective.schedule=linear", "objective.time_min=0.4", "objective.time_max=0.7");
    var plan = new BatchPlan(text(), config, MASK);
    for (var step = 0; step < 50; step++) {
      var ends = times(plan, step, 8, 0.3 / 0.999);
      assertThat(ends[0]).isBetween(0.4 - 1e-6, 0.5);
      assertThat(ends[1]).isBetween(0.6, 0.7 + 1e-6);
    }
  }

  @Test
  void whatIsGivenIsReadAndNeverAskedUnlessItIsHidden() throws Exception {
    var shown = new BatchPlan(text(), config("objective.condition=1"), MASK);
    var hidden =
        new BatchPlan(
            text(), config("objective.condition=1", "objective.condition_dropout=1"), MASK);
    var mixed =
        new BatchPlan(
            text(), config("objective.condition=0.5", "objective.condition_dropout=0.5"), MASK);
    var masked = 0;
    for (var step = 0; step < 100; step++) {
      for (var part = 0; part < 2; part++) {
        for (var row : shown.step(step).get(part).rows()) {
          assertThat(row % 8).isPositive();
        }
        assertThat(hidden.step(step).get(part).rows()).isEqualTo(shown.step(step).get(part).rows());
        for (var b = 0; b < 4; b++) {
          assertThat(shown.step(step).get(part).inputs()[b * 8]).isNotEqualTo(MASK);
          assertThat(hidden.step(step).get(part).inputs()[b * 8]).isEqualTo(MASK);
          masked += mixed.step(step).get(part).inputs()[b * 8] == MASK ? 1 : 0;
        }
      }
    }
    // Of 800 first tokens a quarter is hidden with its condition, and half of the other half that
    // has none is masked as noise: 400, with a standard deviation of 14; five of them.
    assertThat(masked).isBetween(330, 470);
  }

  @Test
  void samplesWithABlockHaveNoCondition() throws Exception {
    var both = List.of("objective.blocks=0.5", "objective.block_length=2", "objective.condition=1");
    var plan = new BatchPlan(text(), config(both.toArray(String[]::new)), MASK);
    var blocks = 0;
    for (var step = 0; step < 100; step++) {
      for (var batch : plan.step(step)) {
        for (var b = 0; b < 4; b++) {
          var sample = batch.sequences(b, b + 1);
          var behind = sample.size() == 0 ? 8 : sample.rows()[sample.size() - 1] + 1;
          var open = Arrays.stream(sample.inputs(), behind, 8).filter(t -> t == MASK).count();
          blocks += open > 0 ? 1 : 0;
        }
      }
    }
    // Only behind a block is there a mask that nobody asks for. Of 800 samples half have a block,
    // of
    // which 1/8, or 1/7 of the longer ones, end with the sample; the last mask of a longer block is
    // not its last place now and then. Five standard deviations of 14.
    assertThat(blocks).isBetween(277, 430);
  }

  @Test
  void maskedLanguageModellingReadsTokensOfTheTextAndNoOther() throws Exception {
    var plan = new BatchPlan(text(), config("objective.kind=mlm", "objective.mlm_share=1"), MASK);
    var alphabet = text().alphabet();
    assertThat(alphabet).hasSize(95).doesNotContain(END);
    var masked = 0;
    var changed = 0;
    for (var step = 0; step < 100; step++) {
      for (var batch : plan.step(step)) {
        assertThat(batch.size()).isEqualTo(32);
        for (var n = 0; n < 32; n++) {
          var read = batch.inputs()[n];
          masked += read == MASK ? 1 : 0;
          if (read != MASK && read != batch.targets()[n]) {
            changed++;
            assertThat(alphabet).contains(read);
          }
        }
      }
    }
    // 6400 draws of 0.8, and of 0.1 but for one draw in 95 that hits the token itself; five
    // standard deviations.
    assertThat(masked).isBetween(4960, 5280);
    assertThat(changed).isBetween(513, 753);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nelbo", "nelbo-discrete", "uniform", "masked-mean", "mlm"})
  void aResumedPlanGoesOnAsIfItHadNeverStopped(String kind) throws Exception {
    var overrides =
        new ArrayList<>(
            List.of(
                "objective.kind=" + kind,
                "objective.condition=0.5",
                "objective.condition_dropout=0.3"));
    if (!kind.equals("mlm")) {
      overrides.add("objective.curriculum=[{until_pass: 1.5, mask_max: 0.4}]");
    }
    var config = config(overrides.toArray(String[]::new));
    var whole = new BatchPlan(text(), config, MASK);
    for (var step = 0; step < 8; step++) {
      var resumed = new BatchPlan(text(), config, MASK).step(step);
      var expected = whole.step(step);
      for (var part = 0; part < 2; part++) {
        assertThat(resumed.get(part).inputs()).isEqualTo(expected.get(part).inputs());
        assertThat(resumed.get(part).rows()).isEqualTo(expected.get(part).rows());
        assertThat(resumed.get(part).targets()).isEqualTo(expected.get(part).targets());
        assertThat(resumed.get(part).weights()).isEqualTo(expected.get(part).weights());
      }
    }
  }
}
