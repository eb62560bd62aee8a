package io.redraft.model.nn.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.CausalModel.ExtendTask;
import io.redraft.model.decode.CausalModel.NextToken;
import io.redraft.model.decode.Sampling;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class CausalTransformerTest {
  private static final Sampling SAMPLED = new Sampling(1, 0, 1);

  private static Kernels kernels;
  private static RandomNetwork random;
  private static CausalTransformer model;

  @BeforeAll
  static void open() {
    kernels = Kernels.open(Device.CPU);
    random = new RandomNetwork(RandomNetwork.causal(80, 48, 3, 6, 2, 96), 21);
    model =
        (CausalTransformer)
            Networks.causal(random.config(), random.source(), kernels, ComputeType.FLOAT32);
  }

  @AfterAll
  static void close() {
    model.close();
    kernels.close();
  }

  @Test
  void theCacheGivesWhatTheWholeSequenceGives() {
    // Pieces of every kind: a prefix, single tokens, later pieces, and past the first 256 places.
    int[] tokens = new Random(4).ints(290, 0, 80).toArray();
    int[] ends = {7, 8, 9, 20, 21, 255, 256, 257, 290};
    double[][] logits = new ReferenceTransformer(random).logits(tokens);
    int from = 0;
    for (int end : ends) {
      NextToken next = extend(1, Arrays.copyOfRange(tokens, from, end), Sampling.GREEDY, 0);
      double[] expected = logits[end - 1];
      double best = Arrays.stream(expected).max().orElseThrow();
      double total = Arrays.stream(expected).map(Math::exp).sum();
      assertThat(expected[next.token()]).isCloseTo(best, within(1e-4));
      assertThat((double) next.confidence()).isCloseTo(Math.exp(best) / total, within(1e-4));
      from = end;
    }
    model.release(1);
  }

  @Test
  void aSequenceIsTheSameAloneAndAmongOthers() {
    List<NextToken> alone = write(2, 12, List.of());
    assertThat(write(3, 12, List.of(100L, 101L, 102L))).isEqualTo(alone);
    assertThat(alone.stream().map(NextToken::token).distinct().count()).isGreaterThan(3);
  }

  private List<NextToken> write(long sequence, int steps, List<Long> others) {
    var written = new ArrayList<NextToken>();
    int[] next = {5, 6, 7};
    for (int i = 0; i < steps; i++) {
      var batch = new ArrayList<ExtendTask>();
      others.forEach(other -> batch.add(new ExtendTask(other, new int[] {9, 3}, SAMPLED, other)));
      batch.add(new ExtendTask(sequence, next, SAMPLED, 77));
      List<NextToken> results = model.extend(batch);
      assertThat(results).hasSize(batch.size());
      NextToken mine = results.get(others.size());
      written.add(mine);
      next = new int[] {mine.token()};
    }
    model.release(sequence);
    others.forEach(model::release);
    return written;
  }

  @Test
  void aReleasedSequenceStartsAnew() {
    NextToken first = extend(5, new int[] {1, 2, 3}, SAMPLED, 9);
    extend(5, new int[] {4}, SAMPLED, 9);
    model.release(5);
    assertThat(extend(5, new int[] {1, 2, 3}, SAMPLED, 9)).isEqualTo(first);
    model.release(5);
    model.release(5);
  }

  @Test
  void aSequenceLongerThanTheContextIsRefusedAndKeptAsItWas() {
    extend(6, new int[299], SAMPLED, 1);
    assertThatThrownBy(() -> extend(6, new int[2], SAMPLED, 1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("length is 301 tokens; allowed: at most the model's context of 300");
    extend(6, new int[1], SAMPLED, 1);
    model.release(6);
  }

  private NextToken extend(long sequence, int[] tokens, Sampling sampling, long seed) {
    return model.extend(List.of(new ExtendTask(sequence, tokens, sampling, seed))).get(0);
  }
}
