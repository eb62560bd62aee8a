package io.redraft.load.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.decode.FakeDenoiser;
import io.redraft.model.decode.Sampling;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.proto.v1.GenerateRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CrowdOverheadTest {
  private static final int TEXTS = 6;

  /** Long enough that texts meet. */
  private static final NetworkConfig LONG = FakeDenoiser.config(258, 96);

  private static List<GenerateRequest> requests(Way way) {
    var stories = new Stories(List.of("ab"), 96, ServedTexts.BYTES, new Sampling(1, 0, 1));
    return IntStream.range(0, TEXTS).mapToObj(i -> stories.request(i, way)).toList();
  }

  @Test
  void aStepIsTheNetworkAndWhatLiesBetween() throws Exception {
    try (var server = ServedTexts.serve(new FakeDenoiser(LONG, 0))) {
      var crowd = new CrowdOverhead(server, requests(Way.oneByOne(16)));
      crowd.round();
      var result = crowd.round();

      assertThat(result.streams()).isEqualTo(TEXTS);
      assertThat(result.step().values()).hasSize(2);
      for (int i = 0; i < 2; i++) {
        double parts = result.network().values().get(i) + result.between().values().get(i);
        assertThat(result.step().values().get(i)).isCloseTo(parts, within(1e-9));
      }
      assertThat(result.network().min()).isPositive();
      assertThat(result.between().min()).isPositive();
      assertThat(result.alone().min()).isPositive();
      assertThat(result.canvases().median()).isGreaterThan(1).isLessThanOrEqualTo(TEXTS);
      assertThat(result.getShare()).isBetween(0., 1.);
    }
  }

  @Test
  void thePassesAreComputedOnceMoreWithTheirCachesAndNothingIsLeft() throws Exception {
    var fake = new FakeDenoiser(LONG, 0);
    List<List<Long>> passes = Collections.synchronizedList(new ArrayList<>());
    try (var server = ServedTexts.serve(new Listening(fake, passes))) {
      new CrowdOverhead(server, requests(Way.parse("confidence/16/dual"))).round();
      int half = passes.size() / 2;
      // What is computed again ends with the window, so it is a beginning of what was served.
      int again = passes.size() - firstRepetition(passes);
      assertThat(again).isPositive().isLessThanOrEqualTo(passes.size() - half);
      assertThat(passes.subList(passes.size() - again, passes.size()))
          .isEqualTo(passes.subList(0, again));
      assertThat(server.onDevice(fake::cached)).isEqualTo(Set.of());
    }
  }

  /** Every text takes 94 passes in the server; what follows is the repetition. */
  private static int firstRepetition(List<List<Long>> passes) {
    int served = 0;
    for (int at = 0; at < passes.size(); at++) {
      served += passes.get(at).size();
      if (served == TEXTS * 94) {
        return at + 1;
      }
    }
    throw new AssertionError("texts were not finished");
  }

  @Test
  void oneTextThatNeverMeetsAnotherIsNoCrowd() throws Exception {
    try (var server = ServedTexts.serve(new FakeDenoiser(LONG, 0))) {
      var one = requests(Way.oneByOne(16)).get(0);
      var single = one.toBuilder().setDecoding(one.getDecoding().toBuilder().setSteps(1)).build();
      single =
          single.toBuilder().setDecoding(single.getDecoding().toBuilder().setBlock(94)).build();
      var crowd = new CrowdOverhead(server, List.of(single));
      assertThatThrownBy(crowd::round)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("too short");
    }
  }

  private record Listening(Denoiser network, List<List<Long>> passes) implements Denoiser {
    @Override
    public NetworkConfig config() {
      return network.config();
    }

    @Override
    public List<Candidates> denoise(List<DenoiseTask> batch) {
      passes.add(batch.stream().map(DenoiseTask::seed).toList());
      return network.denoise(batch);
    }

    @Override
    public void release(long sequence) {
      network.release(sequence);
    }

    @Override
    public void close() {
      network.close();
    }
  }
}
