package io.redraft.model.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.noise.Corruption;
import io.redraft.model.noise.CounterHash;
import io.redraft.model.noise.NoiseLevel;
import io.redraft.model.noise.NoiseLevels;
import io.redraft.model.noise.NoiseSchedule;
import io.redraft.model.noise.StratifiedTimes;
import io.redraft.model.noise.TimeBand;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What every objective draws, on average, against the expectation that is found by listing every
 * mask. A sampled mean may miss it by five of its own standard errors: one run in two million.
 */
class ObjectiveExpectationTest {
  private static final int[] TEXT = {1, 4, 2, 0, 5};
  private static final MaskEnumeration EXACT = MaskEnumeration.of(TEXT, 0, false);
  private static final Corruption MASKING = new Corruption.Masking(MaskEnumeration.MASK);

  private record Sampled(double mean, double error) {
    void hits(double exact) {
      assertThat(error).isPositive().isLessThan(0.01 * exact);
      assertThat(mean).isCloseTo(exact, within(5 * error));
    }
  }

  private interface Samples {
    Sample of(long seed, long id);
  }

  private static Sampled sample(
      Objective objective, NoiseLevels levels, Corruption corruption, int batch) {
    return sample(objective, levels, corruption, batch, (seed, id) -> new Sample(id, seed, TEXT));
  }

  /** Mean and standard error of the loss over many steps of stratified levels. */
  private static Sampled sample(
      Objective objective, NoiseLevels levels, Corruption corruption, int batch, Samples text) {
    var sum = 0.0;
    var squares = 0.0;
    var steps = 20_000;
    for (var step = 0L; step < steps; step++) {
      var seed = CounterHash.bits(3, step);
      var places = StratifiedTimes.places(5, step, batch);
      var samples = IntStream.range(0, batch).mapToObj(b -> text.of(seed, b)).toList();
      var drawn = IntStream.range(0, batch).mapToObj(b -> levels.at(places[b], 1)).toList();
      var loss = MaskEnumeration.loss(objective.ask(samples, drawn, corruption));
      sum += loss;
      squares += loss * loss;
    }
    var mean = sum / steps;
    return new Sampled(mean, Math.sqrt((squares / steps - mean * mean) / steps));
  }

  /** Simpson's rule; its error on the smooth functions here is below 10⁻⁹. */
  private static double integral(DoubleUnaryOperator f, double from, double to) {
    var n = 20_000;
    var h = (to - from) / n;
    var sum = f.applyAsDouble(from) + f.applyAsDouble(to);
    for (var i = 1; i < n; i++) {
      sum += f.applyAsDouble(from + i * h) * (i % 2 == 0 ? 2 : 4);
    }
    return sum * h / 3;
  }

  @ParameterizedTest
  @EnumSource
  void theBoundIsTheSameUnderEverySchedule(NoiseSchedule schedule) {
    var smallest = StratifiedTimes.SMALLEST;
    var overTime =
        integral(t -> schedule.weight(t) * EXACT.sum(schedule.maskRatio(t)) / 5, smallest, 1);
    var overRatio = EXACT.bound(schedule.maskRatio(smallest), schedule.maskRatio(1));
    assertThat(overTime).isCloseTo(overRatio, within(1e-8));
    // What times below 10⁻³ and ratios above 0.999 would add: at most 2 · 10⁻³ of a CE below 1.5,
    // and 10⁻³ more of one.
    assertThat(overRatio).isCloseTo(EXACT.bound(0, 1), within(0.0045));
  }

  @ParameterizedTest
  @EnumSource
  void theSampledBoundIsTheOneFoundByListingEveryMask(NoiseSchedule schedule) {
    var levels = new NoiseLevels.Continuous(schedule, TimeBand.FULL);
    // Times are uniform from 10⁻³ to 1, so the mean over them is the integral over 0.999.
    var exact =
        EXACT.bound(schedule.maskRatio(StratifiedTimes.SMALLEST), schedule.maskRatio(1)) / 0.999;
    sample(Objective.NELBO, levels, MASKING, 8).hits(exact);
  }

  @Test
  void partsOfTheBoundAreRightAndAddUp() {
    var schedule = NoiseSchedule.COSINE;
    var cut = 0.6;
    var ratio = schedule.maskRatio(cut);
    var low = EXACT.bound(schedule.maskRatio(StratifiedTimes.SMALLEST), ratio) / 0.999;
    var high = EXACT.bound(ratio, 1) / 0.999;
    var early = new NoiseLevels.Continuous(schedule, new TimeBand(StratifiedTimes.SMALLEST, cut));
    var late = new NoiseLevels.Continuous(schedule, new TimeBand(cut, 1));
    sample(Objective.NELBO, early, MASKING, 8).hits(low);
    sample(Objective.NELBO, late, MASKING, 8).hits(high);
    assertThat(low + high).isCloseTo(EXACT.bound(0, 1) / 0.999, within(1e-5));
  }

  /** Σ_i (α(s) − α(t)) / (1 − α(t)) E Σ CE / n, as the discrete bound is written. */
  private static double discrete(NoiseSchedule schedule, int timesteps) {
    var sum = 0.0;
    for (var i = 1; i <= timesteps; i++) {
      var r = schedule.maskRatio((double) i / timesteps);
      sum += (r - schedule.maskRatio((i - 1.0) / timesteps)) / r * EXACT.sum(r) / TEXT.length;
    }
    return sum;
  }

  @ParameterizedTest
  @EnumSource
  void theDiscreteBoundIsItsSumOverSteps(NoiseSchedule schedule) {
    for (var timesteps : new int[] {1, 4, 50}) {
      var levels = new NoiseLevels.Discrete(schedule, TimeBand.FULL, timesteps);
      // One place in the middle of every step's share.
      var mean = 0.0;
      for (var i = 0; i < timesteps; i++) {
        var level = levels.at((i + 0.5) / timesteps, 1);
        mean += level.weight() * EXACT.sum(level.maskRatio()) / TEXT.length / timesteps;
      }
      assertThat(mean).isCloseTo(discrete(schedule, timesteps), within(1e-9));
    }
    var levels = new NoiseLevels.Discrete(schedule, TimeBand.FULL, 4);
    sample(Objective.NELBO_DISCRETE, levels, MASKING, 8).hits(discrete(schedule, 4));
  }

  @ParameterizedTest
  @EnumSource
  void theDiscreteBoundApproachesTheContinuousOne(NoiseSchedule schedule) {
    var limit = EXACT.bound(0, schedule.maskRatio(1));
    var some = Math.abs(discrete(schedule, 1000) - limit);
    var more = Math.abs(discrete(schedule, 10_000) - limit);
    assertThat(some).isLessThan(1e-3 * limit);
    // A sum of rectangles: its error falls like 1/T.
    assertThat(some / more).isBetween(9.0, 11.0);
  }

  @Test
  void theMaskedMeanIsTheMeanOfMeansOverTime() {
    var levels = new NoiseLevels.Continuous(NoiseSchedule.COSINE, TimeBand.FULL);
    var exact =
        integral(t -> EXACT.mean(NoiseSchedule.COSINE.maskRatio(t)), StratifiedTimes.SMALLEST, 1)
            / 0.999;
    sample(Objective.MASKED_MEAN, levels, MASKING, 1).hits(exact);
  }

  @Test
  void uniformMaskingIsTheMeanOfMeansOverItsRatios() {
    var exact = integral(EXACT::mean, 0.15, 0.9) / 0.75;
    sample(Objective.UNIFORM, new NoiseLevels.Uniform(0.15, 0.9), MASKING, 1).hits(exact);
  }

  @Test
  void aMeanOverABatchCountsEveryMaskedTokenOfItAlike() {
    int[] text = {3, 1, 6};
    double[] ratios = {0.3, 0.8};
    var exact = 0.0;
    for (var sets = 0; sets < 64; sets++) {
      int[][] inputs = {text.clone(), text.clone()};
      var probability = 1.0;
      for (var i = 0; i < 6; i++) {
        var hidden = (sets >> i & 1) == 1;
        probability *= hidden ? ratios[i / 3] : 1 - ratios[i / 3];
        inputs[i / 3][i % 3] = hidden ? MaskEnumeration.MASK : text[i % 3];
      }
      for (var i = 0; i < 6; i++) {
        if ((sets >> i & 1) == 1) {
          var loss = MaskEnumeration.crossEntropy(inputs[i / 3], i % 3, text[i % 3]);
          exact += probability * loss / Integer.bitCount(sets);
        }
      }
    }
    var sum = 0.0;
    var draws = 50_000;
    for (var draw = 0; draw < draws; draw++) {
      var samples = List.of(new Sample(0, draw, text), new Sample(1, draw, text));
      var levels = List.of(new NoiseLevel(ratios[0], 9), new NoiseLevel(ratios[1], 9));
      sum += MaskEnumeration.loss(Objective.MASKED_MEAN.ask(samples, levels, MASKING));
    }
    // A mean of some losses in [0.5, 1.5] deviates by less than 0.3: five standard errors.
    assertThat(sum / draws).isCloseTo(exact, within(5 * 0.3 / Math.sqrt(draws)));
  }

  @Test
  void maskedLanguageModellingIsWhatBertsMixtureGives() {
    var share = 0.4;
    int[] alphabet = {0, 1, 4, 6};
    var corruption = new Corruption.BertMixture(MaskEnumeration.MASK, alphabet);
    var exact = mixture(TEXT.clone(), new boolean[TEXT.length], 0, 1, share, alphabet);
    sample(Objective.MLM, new NoiseLevels.Uniform(share, share), corruption, 1).hits(exact);
  }

  /** The expected mean over chosen places, by trying everything at every place from one on. */
  private static double mixture(
      int[] inputs, boolean[] chosen, int place, double probability, double share, int[] alphabet) {
    if (place == TEXT.length) {
      var sum = 0.0;
      var count = 0;
      for (var i = 0; i < TEXT.length; i++) {
        sum += chosen[i] ? MaskEnumeration.crossEntropy(inputs, i, TEXT[i]) : 0;
        count += chosen[i] ? 1 : 0;
      }
      return count == 0 ? 0 : probability * sum / count;
    }
    inputs[place] = TEXT[place];
    chosen[place] = false;
    var sum = mixture(inputs, chosen, place + 1, probability * (1 - share), share, alphabet);
    chosen[place] = true;
    sum += mixture(inputs, chosen, place + 1, probability * share * 0.1, share, alphabet);
    inputs[place] = MaskEnumeration.MASK;
    sum += mixture(inputs, chosen, place + 1, probability * share * 0.8, share, alphabet);
    for (var random : alphabet) {
      inputs[place] = random;
      var each = probability * share * 0.1 / alphabet.length;
      sum += mixture(inputs, chosen, place + 1, each, share, alphabet);
    }
    return sum;
  }

  /** Mean over all choices of {@code masks} places of a block of the mean CE over them. */
  private static double meanOfBlock(Block block) {
    var sum = 0.0;
    var choices = 0;
    for (var set = 0; set < 1 << block.length(); set++) {
      if (Integer.bitCount(set) == block.masks()) {
        choices++;
        var inputs = TEXT.clone();
        for (var i = block.from(); i < TEXT.length; i++) {
          if (i >= block.end() || (set >> (i - block.from()) & 1) == 1) {
            inputs[i] = MaskEnumeration.MASK;
          }
        }
        for (var i = 0; i < block.length(); i++) {
          if ((set >> i & 1) == 1) {
            var place = block.from() + i;
            sum += MaskEnumeration.crossEntropy(inputs, place, TEXT[place]) / block.masks();
          }
        }
      }
    }
    return sum / choices;
  }

  @Test
  void blocksAreBoundedGivenWhatStandsBeforeThem() {
    var share = 0.6;
    var longest = 3;
    var exact = (1 - share) * EXACT.bound(StratifiedTimes.SMALLEST, 1) / 0.999;
    for (var length = 1; length <= longest; length++) {
      var places = TEXT.length - length + 1;
      for (var from = 0; from < places; from++) {
        for (var masks = 1; masks <= length; masks++) {
          var probability = share / (longest * places * length);
          exact += probability * meanOfBlock(new Block(from, length, masks));
        }
      }
    }
    var levels = new NoiseLevels.Continuous(NoiseSchedule.LINEAR, TimeBand.FULL);
    sample(
            Objective.NELBO,
            levels,
            MASKING,
            8,
            (seed, id) ->
                new Sample(
                    id,
                    seed,
                    TEXT,
                    Condition.NONE,
                    Block.of(CounterHash.bits(13, seed), id, TEXT.length, share, longest)))
        .hits(exact);
  }

  @Test
  void theBoundOfABlockIsThatOfAllItsNoiseLevels() {
    // Σ over counts of masks of the mean over their choices is the integral over time.
    for (var from = 0; from < 3; from++) {
      var sum = 0.0;
      for (var masks = 1; masks <= 5 - from; masks++) {
        sum += meanOfBlock(new Block(from, 5 - from, masks)) / (5 - from);
      }
      assertThat(sum).isCloseTo(MaskEnumeration.of(TEXT, from, false).bound(0, 1), within(1e-12));
    }
  }

  @Test
  void conditionsCostNothingAndTheRestIsBoundedPerPredictedToken() {
    var given = 0.7;
    var dropout = 0.4;
    // A condition of a text of five has one token or two.
    var exact = (1 - given) * EXACT.bound(StratifiedTimes.SMALLEST, 1);
    for (var length = 1; length <= 2; length++) {
      for (var hidden : new boolean[] {false, true}) {
        var probability = given / 2 * (hidden ? dropout : 1 - dropout);
        exact +=
            probability
                * MaskEnumeration.of(TEXT, length, hidden).bound(StratifiedTimes.SMALLEST, 1);
      }
    }
    sample(
            Objective.NELBO,
            new NoiseLevels.Continuous(NoiseSchedule.LINEAR, TimeBand.FULL),
            MASKING,
            8,
            (seed, id) ->
                new Sample(
                    id,
                    seed,
                    TEXT,
                    Condition.of(CounterHash.bits(11, seed), id, TEXT.length, given, dropout)))
        .hits(exact / 0.999);
  }
}
