package io.redraft.load.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.load.serve.WatchedDenoiser.Forward;
import io.redraft.load.serve.WayResult.Passes;
import io.redraft.load.serve.WayResult.Sample;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.PassShape;
import io.redraft.model.decode.Sampling;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WayResultTest {
  private static final double EXACT = 1e-12;

  private static Sample sample(int written, double seconds, int whole, int block, double nats) {
    return new Sample(
        "a b a b",
        new int[] {1, 2, 1, 2},
        written,
        seconds,
        new Passes(whole, whole * 0.010),
        new Passes(block, block * 0.002),
        Map.of(PassShape.whole(64), whole, PassShape.some(8), block),
        new Judge.Verdict(10, nats));
  }

  @Test
  void numbersAreThoseOfAllTextsTogether() {
    var result = new WayResult();
    result.add(sample(40, 1, 4, 16, 10));
    result.add(sample(60, 3, 6, 24, 20));
    assertThat(result.tokensPerSecond()).isCloseTo(100. / 4, within(EXACT));
    assertThat(result.tokensPerPass()).isCloseTo(100. / 50, within(EXACT));
    assertThat(result.wholePasses()).isEqualTo(5);
    assertThat(result.blockPasses()).isEqualTo(20);
    assertThat(result.wholeMillis()).isCloseTo(10, within(EXACT));
    assertThat(result.blockMillis()).isCloseTo(2, within(EXACT));
    assertThat(result.perplexity()).isCloseTo(Math.exp(30. / 20), within(EXACT));
    assertThat(result.entropy()).isCloseTo(Math.log(2), within(EXACT)); // two tokens, equally often
    // "a b", "b a", "a b" in each of two texts.
    assertThat(result.distinct2()).isCloseTo(2. / 6, within(EXACT));
  }

  @Test
  void ratiosArePairedByText() {
    var way = new WayResult();
    var reference = new WayResult();
    for (double nats : new double[] {5, 10, 30}) {
      reference.add(sample(40, 4, 40, 0, nats));
      way.add(sample(40, 1, 1, 10, nats + 1));
    }
    var speed = way.speedOver(reference);
    assertThat(speed.value()).isCloseTo(4, within(EXACT));
    assertThat(speed.error()).isCloseTo(0, within(EXACT));
    // However different the texts are, each is a tenth of a nat a token worse than its own peer.
    var perplexity = way.perplexityOver(reference);
    assertThat(perplexity.value()).isCloseTo(Math.exp(0.1), within(EXACT));
    assertThat(perplexity.error()).isCloseTo(0, within(EXACT));
    assertThat(way.tokensPerPassOver(reference)).isCloseTo(40. / 11, within(EXACT));
  }

  @Test
  void oneTextHasNoStandardError() {
    var way = new WayResult();
    way.add(sample(40, 1, 1, 10, 3));
    assertThat(way.speedOver(way).value()).isEqualTo(1);
    assertThat(way.speedOver(way).error()).isNaN();
  }

  @Test
  void aBusyMomentDoesNotChangeWhatPassesCost() {
    var costs = new PassCosts();
    var task = new DenoiseTask(new int[64], new int[] {0}, Sampling.GREEDY, 1, 0);
    for (long ms : new long[] {10, 10, 900}) {
      costs.add(new Forward(List.of(task), 0, ms * 1_000_000));
    }
    assertThat(costs.seconds(Map.of(PassShape.whole(64), 7))).isCloseTo(0.07, within(EXACT));
  }
}
