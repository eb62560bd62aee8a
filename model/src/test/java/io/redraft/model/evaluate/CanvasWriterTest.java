package io.redraft.model.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.decode.CausalModel;
import io.redraft.model.decode.CausalState;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.DecodeState;
import io.redraft.model.decode.FakeCausalModel;
import io.redraft.model.decode.FakeDenoiser;
import io.redraft.model.decode.Sampling;
import io.redraft.model.decode.Segment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Against each canvas written by itself, step by step. */
class CanvasWriterTest {
  private static final DecodeOptions WARM =
      DecodeOptions.DEFAULTS.withSampling(new Sampling(1, 0, 0.9));

  private static List<Segment> segments(int prompt, int masks) {
    int[] given = new int[prompt];
    java.util.Arrays.setAll(given, i -> i + 3);
    return List.of(new Segment.Fixed(given), new Segment.Masked(masks));
  }

  @Test
  void aDenoisersTextsAreThoseThatItWritesOneByOne() {
    var denoiser = new FakeDenoiser();
    List<DecodePlan> plans = new ArrayList<>();
    for (int i = 0; i < 11; i++) {
      // Three lengths in turn, so that neighbours do not share a batch.
      plans.add(DecodePlan.of(segments(i, 8 + 4 * (i % 3) - i % 2), FakeDenoiser.CONFIG, WARM, i));
    }
    List<int[]> alone = new ArrayList<>();
    long forwards = 0;
    for (DecodePlan plan : plans) {
      var state = DecodeState.start(plan);
      while (!state.done()) {
        state = state.advance(denoiser.denoise(List.of(state.next())).get(0)).state();
        forwards++;
      }
      alone.add(state.tokens());
    }
    for (int batch : new int[] {1, 3, 64}) {
      var counted = new FakeDenoiser();
      List<Long> told = new ArrayList<>();
      assertThat(new DenoiserWriter(counted, batch).write(plans, told::add))
          .containsExactlyElementsOf(alone);
      assertThat(told).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L);
      assertThat(counted.forwards()).isLessThanOrEqualTo(forwards);
    }
    var equal = new FakeDenoiser();
    var same = plans.stream().map(p -> plans.get(0)).toList();
    new DenoiserWriter(equal, 64).write(same, done -> {});
    assertThat(equal.forwards()).as("equal canvases share every pass").isLessThanOrEqualTo(8);
  }

  @Test
  void aCausalModelsTextsAreThoseThatItWritesOneByOne() {
    List<DecodePlan> plans = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      plans.add(DecodePlan.of(segments(i, 20), FakeCausalModel.CONFIG, WARM, i));
    }
    var model = new FakeCausalModel();
    var written = new CausalWriter(model).write(plans, done -> {});
    assertThat(model.open()).as("caches that are left").isZero();
    for (int i = 0; i < plans.size(); i++) {
      CausalModel alone = new FakeCausalModel();
      var state = CausalState.start(plans.get(i));
      while (!state.done()) {
        state = state.advance(alone.extend(List.of(state.next(9))).get(0)).state();
      }
      assertThat(written.get(i)).isEqualTo(state.tokens());
    }
  }
}
