package io.redraft.load.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.load.serve.StreamSweep.Cell;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class StreamSweepTest {
  private static final List<FullCanvas> CANVASES =
      List.of(FullCanvas.of(8, 4, ServedTexts.BYTES), FullCanvas.of(16, 8, ServedTexts.BYTES));
  private static final List<Integer> STREAMS = List.of(1, 4);

  @Test
  void measuresEveryCellAndBatchesWhatComesTogether() throws Exception {
    try (var server = ServedTexts.serve(ServedTexts.fake())) {
      var sweep = new StreamSweep(server, CANVASES, STREAMS);
      sweep.writeAlone();
      var cells = sweep.measure(3, Duration.ZERO, round -> {});

      assertThat(cells.keySet())
          .containsExactly(
              new Cell("8 tokens", 1),
              new Cell("8 tokens", 4),
              new Cell("16 tokens", 1),
              new Cell("16 tokens", 4));
      assertThat(cells.values())
          .allSatisfy(
              cell -> {
                assertThat(cell.tokensPerSecond().values()).hasSize(3);
                assertThat(cell.tokensPerSecond().min()).isPositive();
                assertThat(cell.deviceBusy().median()).isBetween(0.0, 1.0);
              });
      assertThat(cells.get(new Cell("16 tokens", 1)).canvasesPerForward().max()).isEqualTo(1);
      assertThat(cells.get(new Cell("16 tokens", 4)).canvasesPerForward().max())
          .isBetween(1.0, 4.0);
      assertThat(sweep.gain(new Cell("8 tokens", 1))).isEqualTo(1);
      assertThat(sweep.table().toString()).contains("8 tokens", "16 tokens", "4 over 1");
    }
  }

  @Test
  void aTextThatItsBatchChangesEndsTheMeasurement() throws Exception {
    try (var server = ServedTexts.serve(new CarelessDenoiser(ServedTexts.fake()))) {
      var sweep = new StreamSweep(server, CANVASES, STREAMS);
      sweep.writeAlone();
      // Streams that never meet in a batch would hide it, so there are many rounds.
      assertThatThrownBy(() -> sweep.measure(200, Duration.ZERO, round -> {}))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("among 4 streams than alone");
    }
  }
}
