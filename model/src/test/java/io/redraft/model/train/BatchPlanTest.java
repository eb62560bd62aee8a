package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.objective.TokenBatch;
import io.redraft.model.train.config.TrainingConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
}
