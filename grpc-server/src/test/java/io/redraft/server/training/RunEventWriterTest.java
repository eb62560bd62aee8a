package io.redraft.server.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.actors.training.TrainingEvent;
import io.redraft.model.evaluate.Evaluation;
import io.redraft.proto.v1.RunEvent;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RunEventWriterTest {
  static Stream<TrainingEvent> events() {
    return Stream.of(
        new TrainingEvent.Opened(2, 3, "block 1", "cpu", 5, 6, 7, 8, 9, 10, "1 TFLOP/s"),
        new TrainingEvent.Stepped(1, 1L << 40),
        new TrainingEvent.Logged(1, 2, 3.5, 4e-4, 5, 6.5, 0.25, 8.5, 9),
        new TrainingEvent.Evaluated(1, 2, true, 3.5, 4.5),
        new TrainingEvent.Evaluated(1, 2, false, 3.5, 4.5),
        new TrainingEvent.Evaluated(1, 2, Evaluation.Kind.MASKED_CROSS_ENTROPY, 0.25, 0.5, 3.5, 0),
        new TrainingEvent.Checkpointed(1, 2),
        new TrainingEvent.Committed(1, 2, "head", 3),
        new TrainingEvent.Committed(1, 2, "head", -1),
        new TrainingEvent.StepsChanged(1, 2, 3),
        new TrainingEvent.Restarting(1, "lost", 2, 3, Duration.ofMillis(1500)),
        new TrainingEvent.Paused(0),
        new TrainingEvent.Resumed(),
        new TrainingEvent.Finished(3, "runs/a/model"),
        new TrainingEvent.Stopped(3),
        new TrainingEvent.Refused("run.folder", "run.folder is x; allowed: y"),
        new TrainingEvent.Failed("disk", 0),
        new TrainingEvent.Failed("disk", -1));
  }

  @ParameterizedTest
  @MethodSource("events")
  void whatIsWrittenIsReadBack(TrainingEvent event) {
    var told = RunEventWriter.write(4, event);
    assertThat(told.getNumber()).isEqualTo(4);
    assertThat(RunEventReader.read(told)).contains(event);
  }

  @Test
  void whatIsNoBoundIsNotTakenForOne() {
    var masked =
        new TrainingEvent.Evaluated(1, 2, Evaluation.Kind.MASKED_CROSS_ENTROPY, 0.4, 0.4, 3.5, 0);
    var told = RunEventWriter.write(4, masked).getEvaluated();
    assertThat(told.getExact()).isFalse();
    assertThat(told.getMeasure()).isEqualTo(RunEvent.Evaluated.Measure.MASKED_CROSS_ENTROPY);
    assertThat(told.getLowestMaskRatio()).isEqualTo(0.4);
    assertThat(told.getHighestMaskRatio()).isEqualTo(0.4);
  }

  @Test
  void whatAServerSaysThatKnowsNoMeasureIsALossOrABound() {
    var old =
        RunEvent.newBuilder()
            .setEvaluated(
                RunEvent.Evaluated.newBuilder()
                    .setStage(1)
                    .setStep(2)
                    .setExact(true)
                    .setNatsPerToken(3.5)
                    .setBitsPerByte(4.5))
            .build();
    assertThat(RunEventReader.read(old))
        .contains(new TrainingEvent.Evaluated(1, 2, true, 3.5, 4.5));
  }

  @Test
  void everyKindOfEventIsAmongThem() {
    var kinds =
        Stream.concat(
                Arrays.stream(TrainingEvent.class.getPermittedSubclasses()),
                Arrays.stream(TrainingEvent.Ended.class.getPermittedSubclasses()))
            .filter(Class::isRecord)
            .collect(Collectors.toSet());
    assertThat(events().map(Object::getClass).collect(Collectors.toSet())).isEqualTo(kinds);
  }
}
