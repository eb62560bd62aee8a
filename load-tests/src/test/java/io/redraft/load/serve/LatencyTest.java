package io.redraft.load.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.actors.serving.LoadedModel;
import io.redraft.actors.serving.ModelInfo;
import io.redraft.model.decode.FakeDenoiser;
import io.redraft.model.decode.Sampling;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatencyTest {
  /** Long canvases, so that no text is finished while the clients of others are told of a step. */
  private static final int LENGTH = 1024;

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aPlaceIsFreeAndADraftIsThereAfterCountedPasses(int texts) throws Exception {
    var config = FakeDenoiser.config(258, LENGTH);
    var denoiser = new FakeDenoiser(config, Double.NEGATIVE_INFINITY);
    var info = new ModelInfo("fake", config, "float32");
    try (var server =
        ServerUnderTest.start(
            blocks -> new LoadedModel.Diffusion(info, denoiser),
            ServedTexts.BYTES,
            Map.of("redraft.serving.max-sessions", texts))) {
      var stories = new Stories(List.of("a"), LENGTH, ServedTexts.BYTES, Sampling.GREEDY);
      var latency = new Latency(server, stories, Way.oneByOne(64), texts);
      latency.round(0);
      var result = latency.round(1);

      assertThat(result.texts()).isEqualTo(texts);
      assertThat(result.step().values()).hasSize(2);
      assertThat(result.step().min()).isPositive();
      assertThat(result.firstDraft().min()).isPositive();
      assertThat(result.freed().min()).isPositive();
      // None at all where the client is told of its place no sooner than of its draft.
      assertThat(result.passes().values()).hasSize(2).allMatch(passes -> passes >= 0);
      assertThat(result.passesUntilFree().values()).hasSize(2).allMatch(passes -> passes >= 0);
    }
  }
}
