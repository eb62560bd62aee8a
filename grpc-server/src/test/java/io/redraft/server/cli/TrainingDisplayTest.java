package io.redraft.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.actors.training.TrainingEvent;
import io.redraft.model.evaluate.Evaluation;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TrainingDisplayTest {
  private static final TrainingEvent.Opened OPENED =
      new TrainingEvent.Opened(
          1,
          1,
          "end-to-end",
          "gpu0",
          12_000_000,
          1_000_000,
          1000,
          0,
          65536,
          256,
          "700.0 TFLOP/s, measured on P");

  private static TrainingEvent.Logged logged(long step, int microBatch) {
    return new TrainingEvent.Logged(1, step, 2.5, 1e-3, 0, 2_345_678, 0.4567, 125, microBatch);
  }

  @Test
  void tellsSpeedUtilisationAndTheTimeThatIsLeft() {
    var err = new StringWriter();
    try (var display = TrainingDisplay.on(new PrintWriter(err))) {
      display.show(OPENED);
      display.show(logged(100, 256));
    }
    assertThat(err.toString().lines())
        .containsExactly(
            "training 12,000,000 parameters on gpu0: 1,000 steps of 65,536 tokens over a text of"
                + " 1,000,000; MFU is of 700.0 TFLOP/s, measured on P",
            "step 100/1,000  loss 2.5000  2.35 M tokens/s  MFU 46 %  2 min left");
  }

  @Test
  void namesTheStageOfALayerWiseRunAndItsCommit() {
    var err = new StringWriter();
    try (var display = TrainingDisplay.on(new PrintWriter(err))) {
      display.show(new TrainingEvent.Committed(1, 3, "prepend-1", -1));
      display.show(
          new TrainingEvent.Opened(2, 3, "prepend-2", "cpu", 5, 7, 100, 40, 64, 2, "1 GFLOP/s"));
      display.show(new TrainingEvent.StepsChanged(2, 50, 60));
      display.show(new TrainingEvent.Committed(2, 3, "prepend-2", 60));
    }
    assertThat(err.toString().lines())
        .containsExactly(
            "stage 1 of 3, prepend-1: committed before",
            "stage 2 of 3, prepend-2: training 5 parameters on cpu: 100 steps of 64 tokens over a"
                + " text of 7, going on from step 40; MFU is of 1 GFLOP/s",
            "from step 50 on: 60 steps in all",
            "stage 2 of 3, prepend-2: committed after 60 steps");
  }

  @Test
  void saysOfAStagesCrossEntropyThatItIsNoBound() {
    var err = new StringWriter();
    var kind = Evaluation.Kind.MASKED_CROSS_ENTROPY;
    try (var display = TrainingDisplay.on(new PrintWriter(err))) {
      display.show(new TrainingEvent.Evaluated(1, 30, false, 2.5, 3.25));
      display.show(new TrainingEvent.Evaluated(2, 40, kind, 0.4, 0.4, 1.25, 0));
      display.show(new TrainingEvent.Evaluated(3, 50, kind, 0.25, 0.5, 1.5, 0));
    }
    assertThat(err.toString().lines())
        .containsExactly(
            "step 30  validation bound 2.5000 nats/token, 3.2500 bits/byte",
            "step 40  validation cross-entropy (no bound) 1.2500 nats/masked token at mask ratio"
                + " 0.400",
            "step 50  validation cross-entropy (no bound) 1.5000 nats/masked token at mask ratio"
                + " 0.250 to 0.500");
  }

  @Test
  void tellsOnceThatMemoryRanOutAndWhatIsComputedAtATimeSince() {
    var err = new StringWriter();
    try (var display = TrainingDisplay.on(new PrintWriter(err))) {
      display.show(OPENED);
      display.show(logged(100, 64));
      display.show(logged(200, 64));
    }
    assertThat(err.toString().lines())
        .filteredOn(line -> line.contains("memory"))
        .containsExactly(
            "step 100  memory ran out: from here on 64 sequences at a time, the same ones a step");
  }
}
