package io.redraft.model.nn.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.CausalModel.ExtendTask;
import io.redraft.model.decode.Sampling;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

class CausalTransformerTest {
  private static final Sampling SAMPLED = new Sampling(1, 0, 1);

  private static Kernels kernels;
  private static RandomNetwork random;
  private static CausalTransformer model;

  @BeforeContainer
  static void open() {
    kernels = Kernels.open(Device.CPU);
    random = new RandomNetwork(RandomNetwork.causal(80, 48, 3, 6, 2, 96), 21);
    model =
        (CausalTransformer)
            Networks.causal(random.config(), random.source(), kernels, ComputeType.FLOAT32);
  }

  @AfterContainer
  static void close() {
    model.close();
    kernels.close();
  }

  @Example
  void theCacheGivesWhatTheWholeSequenceGives() {
    // Pieces of every kind: a prefix, single tokens, later pieces, and past the first 256 places.
    int[] tokens = new Random(4).ints(290, 0, 80).toArray();
    int[] ends = {7, 8, 9, 20, 21, 255, 256, 257, 290};
    double[][] logits = new ReferenceTransformer(random).logits(tokens);
    int from = 0;
    for (int end : ends) {
      Candidates next = extend(1, from, Arrays.copyOfRange(tokens, from, end), Sampling.GREEDY, 0);
      double[] expected = logits[end - 1];
      double best = Arrays.stream(expected).max().orElseThrow();
      double total = Arrays.stream(expected).map(Math::exp).sum();
      assertThat(expected[next.tokens()[0]]).isCloseTo(best, within(1e-4));
      assertThat((double) next.confidences()[0]).isCloseTo(Math.exp(best) / total, within(1e-4));
      from = end;
    }
    model.release(1);
  }

  @Example
  void aSequenceIsTheSameAloneAndAmongOthers() {
    List<List<Float>> alone = write(2, 12, List.of());
    assertThat(write(3, 12, List.of(100L, 101L, 102L))).isEqualTo(alone);
    assertThat(alone.stream().map(drawn -> drawn.get(0)).distinct().count()).isGreaterThan(3);
  }

  private List<List<Float>> write(long sequence, int steps, List<Long> others) {
    var written = new ArrayList<List<Float>>();
    int[] next = {5, 6, 7};
    int kept = 0;
    for (int i = 0; i < steps; i++) {
      var batch = new ArrayList<ExtendTask>();
      for (long other : others) {
        batch.add(new ExtendTask(other, 2 * i, new int[] {9, 3}, SAMPLED, other));
      }
      batch.add(new ExtendTask(sequence, kept, next, SAMPLED, 77));
      List<Candidates> results = model.extend(batch);
      assertThat(results).hasSize(batch.size());
      Candidates mine = results.get(others.size());
      written.add(bits(mine, 0));
      kept += next.length;
      next = mine.tokens();
    }
    model.release(sequence);
    others.forEach(model::release);
    return written;
  }

  @Property(tries = 40)
  void aTokenHasTheSameBitsAppendedAloneAndAmongOthers(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 40) int prompt,
      @ForAll @IntRange(min = 1, max = 40) int drafted,
      @ForAll @IntRange(min = 0, max = 39) int cut) {
    var draws = new Random(seed);
    int[] tokens = draws.ints(prompt + drafted, 0, 80).toArray();
    var expected = new ArrayList<List<Float>>();
    var scored = new ArrayList<List<Float>>();
    for (int end = prompt; end <= tokens.length; end++) {
      int kept = end == prompt ? 0 : end - 1;
      int[] appended = Arrays.copyOfRange(tokens, kept, end);
      expected.add(bits(extend(8, kept, appended, SAMPLED, seed), 0));
      if (end < tokens.length) {
        int[] last = {appended.length - 1};
        int[] given = {tokens[end]};
        var task = new ExtendTask(9, kept, appended, prompt, last, given, SAMPLED, seed);
        scored.add(bits(model.extend(List.of(task)).get(0), 0));
      }
    }

    // All of them at once, from the beginning or behind a part that is kept; what was cached there
    // is rejected tokens.
    int rejected = Math.min(299 - prompt, 7);
    extend(10, 0, Arrays.copyOf(tokens, prompt), SAMPLED, seed);
    extend(10, prompt, draws.ints(rejected, 0, 80).toArray(), SAMPLED, seed);
    int kept = cut % 2 == 0 ? 0 : prompt;
    int[] appended = Arrays.copyOfRange(tokens, kept, tokens.length);
    int asked = Math.min(appended.length, drafted + 1);
    var drawn =
        model
            .extend(List.of(new ExtendTask(10, kept, appended, prompt, asked, SAMPLED, seed)))
            .get(0);
    for (int i = 0; i < asked; i++) {
      assertThat(bits(drawn, i)).isEqualTo(expected.get(expected.size() - asked + i));
    }
    int[] rows = IntStream.range(prompt - 1, tokens.length - 1).map(p -> p - kept).toArray();
    int[] given = Arrays.copyOfRange(tokens, prompt, tokens.length);
    if (rows[0] >= 0) {
      var task = new ExtendTask(10, kept, appended, prompt, rows, given, SAMPLED, seed);
      var scores = model.extend(List.of(task)).get(0);
      for (int i = 0; i < rows.length; i++) {
        assertThat(bits(scores, i)).isEqualTo(scored.get(i));
      }
    }
    List.of(8L, 9L, 10L).forEach(model::release);
  }

  private static List<Float> bits(Candidates drawn, int i) {
    return List.of((float) drawn.tokens()[i], drawn.confidences()[i], drawn.entropies()[i]);
  }

  @Example
  void aReleasedSequenceStartsAnew() {
    Candidates first = extend(5, 0, new int[] {1, 2, 3}, SAMPLED, 9);
    extend(5, 3, new int[] {4}, SAMPLED, 9);
    model.release(5);
    assertThat(bits(extend(5, 0, new int[] {1, 2, 3}, SAMPLED, 9), 0)).isEqualTo(bits(first, 0));
    model.release(5);
    model.release(5);
    assertThatThrownBy(() -> extend(5, 3, new int[] {4}, SAMPLED, 9))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("3 tokens of sequence 5 are kept, 0 are cached");
  }

  @Example
  void aSequenceLongerThanTheContextIsRefusedAndKeptAsItWas() {
    extend(6, 0, new int[299], SAMPLED, 1);
    assertThatThrownBy(() -> extend(6, 299, new int[2], SAMPLED, 1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("length is 301 tokens; allowed: at most the model's context of 300");
    extend(6, 299, new int[1], SAMPLED, 1);
    model.release(6);
  }

  private static Candidates extend(
      long sequence, int kept, int[] tokens, Sampling sampling, long seed) {
    return model.extend(List.of(new ExtendTask(sequence, kept, tokens, sampling, seed))).get(0);
  }
}
