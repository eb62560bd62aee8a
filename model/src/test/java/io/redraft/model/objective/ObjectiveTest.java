package io.redraft.model.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.noise.Corruption;
import io.redraft.model.noise.NoiseLevel;
import io.redraft.model.noise.NoiseSchedule;
import io.redraft.model.noise.StratifiedTimes;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ObjectiveTest {
  private static final int MASK = 7;

  @Property(tries = 200)
  void rowsAreExactlyTheMaskedPlacesAndTargetsTheirTokens(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int batch) {
    var samples =
        LongStream.range(0, batch)
            .mapToObj(b -> new Sample(b, seed, new int[] {1, 2, 3, 4, 5, 6, 0, 1}))
            .toList();
    var times = StratifiedTimes.of(seed, 0, batch);
    var asked = Objective.NELBO.ask(samples, times, NoiseSchedule.COSINE, MASK);
    var next = 0;
    for (var place = 0; place < batch * 8; place++) {
      var token = samples.get(0).tokens()[place % 8];
      if (asked.inputs()[place] == MASK) {
        assertThat(asked.rows()[next]).isEqualTo(place);
        assertThat(asked.targets()[next]).isEqualTo(token);
        var weight = NoiseSchedule.COSINE.weight(times[place / 8]) / (batch * 8);
        assertThat(asked.weights()[next]).isEqualTo((float) weight);
        next++;
      } else {
        assertThat(asked.inputs()[place]).isEqualTo(token);
      }
    }
    assertThat(asked.size()).isEqualTo(next);
  }

  @Provide
  Arbitrary<Objective> masking() {
    return Arbitraries.of(Objective.class).filter(kind -> kind != Objective.CAUSAL);
  }

  @Property(tries = 500)
  void whatIsReadDiffersFromTheTextOnlyWhereItMay(
      @ForAll("masking") Objective kind,
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 4) int batch,
      @ForAll @DoubleRange(min = 0, max = 1) double ratio,
      @ForAll @DoubleRange(min = 0, max = 1) double conditions) {
    int[] text = {1, 2, 3, 4, 5, 6, 0, 1};
    int[] alphabet = {0, 3, 5};
    var corruption =
        kind == Objective.MLM
            ? new Corruption.BertMixture(MASK, alphabet)
            : new Corruption.Masking(MASK);
    var samples =
        LongStream.range(0, batch)
            .mapToObj(
                b -> new Sample(b, seed, text, Condition.of(seed, b, text.length, conditions, 0.5)))
            .toList();
    var levels = Collections.nCopies(batch, new NoiseLevel(ratio, 3));
    var asked = kind.ask(samples, levels, corruption);

    var rows = Arrays.stream(asked.rows()).boxed().toList();
    assertThat(rows).isSorted().doesNotHaveDuplicates();
    var sum = 0.0;
    for (var place = 0; place < asked.inputs().length; place++) {
      var token = text[place % text.length];
      var condition = samples.get(place / text.length).condition();
      var read = asked.inputs()[place];
      var row = rows.indexOf(place);
      if (place % text.length < condition.length()) {
        assertThat(read).isEqualTo(condition.hidden() ? MASK : token);
        assertThat(row).as("what is given costs nothing").isEqualTo(-1);
      } else if (row < 0) {
        assertThat(read).isEqualTo(token);
      } else {
        assertThat(asked.targets()[row]).isEqualTo(token);
        assertThat(read)
            .isIn(kind == Objective.MLM ? List.of(MASK, token, 0, 3, 5) : List.of(MASK));
        sum += asked.weights()[row];
        if (kind == Objective.NELBO || kind == Objective.NELBO_DISCRETE) {
          assertThat(asked.weights()[row])
              .isEqualTo((float) (3.0 / (batch * (text.length - condition.length()))));
        }
      }
    }
    if (kind != Objective.NELBO && kind != Objective.NELBO_DISCRETE && !rows.isEmpty()) {
      assertThat(sum).isCloseTo(1, within(1e-6));
    }
  }

  @Test
  void masksOfASampleAreTheSameInAnyBatch() {
    var a = new Sample(11, 3, new int[] {1, 2, 3, 4, 5, 6});
    var b = new Sample(12, 3, new int[] {6, 5, 4, 3, 2, 1});
    var alone = Objective.NELBO.ask(List.of(b), new double[] {0.5}, NoiseSchedule.LINEAR, MASK);
    var second =
        Objective.NELBO.ask(List.of(a, b), new double[] {0.9, 0.5}, NoiseSchedule.LINEAR, MASK);
    assertThat(Arrays.copyOfRange(second.inputs(), 6, 12)).isEqualTo(alone.inputs());
  }

  @Test
  void theMaskedMeanWeighsEveryMaskAlike() {
    var sample = new Sample(0, 1, new int[64]);
    var asked =
        Objective.MASKED_MEAN.ask(
            List.of(sample, sample), new double[] {0.2, 0.9}, NoiseSchedule.LINEAR, MASK);
    assertThat(asked.size()).isPositive();
    for (var weight : asked.weights()) {
      assertThat(weight).isEqualTo(1f / asked.size());
    }
  }

  @Test
  void causalAsksForEveryNextToken() {
    var asked =
        Objective.CAUSAL.ask(
            List.of(new Sample(0, 0, new int[] {4, 5, 6}), new Sample(1, 0, new int[] {1, 2, 3})),
            new double[2],
            NoiseSchedule.LINEAR,
            -1);
    assertThat(asked.inputs()).containsExactly(4, 5, 6, 1, 2, 3);
    assertThat(asked.rows()).containsExactly(0, 1, 3, 4);
    assertThat(asked.targets()).containsExactly(5, 6, 2, 3);
    assertThat(asked.weights()).containsOnly(0.25f);
  }

  @Test
  void paddingAddsRowsThatWeighNothing() {
    var batch =
        new TokenBatch(1, 2, new int[] {1, 2}, new int[] {1}, new int[] {2}, new float[] {3});
    assertThat(batch.padRows(4).weights()).containsExactly(3, 0, 0, 0);
    assertThat(batch.padRows(1).rows()).containsExactly(1);
    var none = new TokenBatch(1, 2, new int[] {1, 2}, new int[0], new int[0], new float[0]);
    assertThat(none.padRows(4).size()).isEqualTo(4);
  }

  @Test
  void anUnknownObjectiveIsRefusedWithTheNamesThatExist() {
    assertThat(Choice.of("objective.kind", "masked-mean", Objective.values()))
        .isEqualTo(Objective.MASKED_MEAN);
    assertThatThrownBy(() -> Choice.of("objective.kind", "elbo", Objective.values()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "objective.kind is elbo;"
                + " allowed: nelbo, nelbo-discrete, uniform, masked-mean, mlm, causal");
  }
}
