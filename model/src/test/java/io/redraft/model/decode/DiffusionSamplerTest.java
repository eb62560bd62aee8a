package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The laws of the samplers that follow the diffusion; seeds are fixed, bounds are five sigma. */
class DiffusionSamplerTest {
  private static final DecodeOptions HITTING =
      DecodeOptions.DEFAULTS.withPolicy(new RevealPolicy.FirstHitting());
  private static final DecodeOptions ANCESTRAL =
      DecodeOptions.DEFAULTS.withPolicy(new RevealPolicy.Ancestral());

  @Test
  void firstHittingRevealsOneTokenAStepInAUniformlyRandomOrder() {
    Map<List<Integer>, Integer> orders = new HashMap<>();
    for (int seed = 0; seed < 24_000; seed++) {
      var order = reveals(HITTING, 4, seed).stream().map(r -> r.get(0)).toList();
      orders.merge(order, 1, Integer::sum);
    }
    assertThat(orders).as("4! orders").hasSize(24);
    // 1000 expected; the standard deviation of a binomial with p = 1/24 is 31.
    assertThat(orders.values()).allMatch(n -> Math.abs(n - 1000) < 155);
  }

  @Test
  void hittingTimesFollowTheRecurrenceOverTheMasksThatAreLeft() {
    // With t' = t·u^(1/n), u = (t'/t)^n is uniform whatever n is and whatever went before.
    int masks = 6;
    int runs = 4000;
    for (int n = masks; n >= 1; n--) {
      double[] u = new double[runs];
      for (int seed = 0; seed < runs; seed++) {
        double[] times = times(masks, seed);
        double before = n == masks ? 1 : times[masks - n - 1];
        u[seed] = Math.pow(times[masks - n] / before, n);
      }
      Arrays.sort(u);
      // Kolmogorov and Smirnov: the largest distance of the distributions exceeds 1.95/√runs once
      // in 1000.
      for (int i = 0; i < runs; i++) {
        assertThat(u[i]).isCloseTo((i + 0.5) / runs, within(1.95 / Math.sqrt(runs)));
      }
    }
  }

  @Test
  void theTokensRevealedByATimeAreBinomial() {
    int masks = 5;
    int runs = 20_000;
    for (double t : new double[] {0.9, 0.5, 0.2}) {
      int[] counts = new int[masks + 1];
      for (int seed = 0; seed < runs; seed++) {
        counts[(int) Arrays.stream(times(masks, seed)).filter(time -> time >= t).count()]++;
      }
      for (int k = 0; k <= masks; k++) {
        double p = binomial(masks, k) * Math.pow(1 - t, k) * Math.pow(t, masks - k);
        double sigma = Math.sqrt(p * (1 - p) / runs);
        assertThat((double) counts[k] / runs).isCloseTo(p, within(5 * sigma + 1e-4));
      }
    }
  }

  @Test
  void withFewerStepsThanMasksFirstHittingRevealsWhatFallsInOneStepOfTheGrid() {
    var options = HITTING.withSteps(4);
    for (int seed = 0; seed < 200; seed++) {
      var steps = reveals(options, 10, seed);
      var quarters = new java.util.TreeMap<Integer, List<Integer>>();
      for (int position = 0; position < 10; position++) {
        int quarter = (int) (4 * (1 - RevealPolicy.FirstHitting.time(seed, position)));
        quarters.computeIfAbsent(quarter, q -> new java.util.ArrayList<>()).add(position);
      }
      assertThat(steps).isEqualTo(List.copyOf(quarters.values()));
    }
  }

  @ParameterizedTest
  @EnumSource(StepGrid.class)
  void ancestralKeepsEveryMaskWithTheRatioOfBothSharesOnItsOwn(StepGrid grid) {
    int masks = 8;
    int runs = 5000;
    int steps = 5;
    // masked[k]: how often a position, pairs[k]: how often two neighbours are masked after step k
    double[] masked = new double[steps + 1];
    double[] pairs = new double[steps + 1];
    for (int seed = 0; seed < runs; seed++) {
      int[] at = revealedAt(ANCESTRAL.withGrid(grid).withSteps(steps), masks, seed);
      for (int k = 1; k <= steps; k++) {
        int after = k;
        masked[k] += Arrays.stream(at).filter(step -> step > after).count();
        pairs[k] += IntStream.range(0, 7).filter(i -> at[i] > after && at[i + 1] > after).count();
      }
    }
    for (int k = 1; k <= steps; k++) {
      double share =
          k == steps ? 0 : grid == StepGrid.UNIFORM ? 1 - k / 5. : Math.cos(Math.PI / 2 * k / 5);
      double sigma = Math.sqrt(share * (1 - share) / (runs * masks));
      assertThat(masked[k] / (runs * masks)).isCloseTo(share, within(5 * sigma + 1e-12));
      // Neighbours share draws, so their frequency varies less than twice as much.
      assertThat(pairs[k] / (runs * 7)).isCloseTo(share * share, within(10 * sigma + 1e-12));
    }
  }

  @Test
  void ancestralTakesMoreStepsThanMasksIfItIsToldTo() {
    int[] at = new int[2000];
    for (int seed = 0; seed < at.length; seed++) {
      at[seed] = revealedAt(ANCESTRAL.withSteps(100), 1, seed)[0];
    }
    // Uniform over 100 steps: mean 50.5, standard deviation 28.9/√2000 = 0.65.
    assertThat(Arrays.stream(at).average().orElseThrow()).isCloseTo(50.5, within(3.2));
    assertThat(Arrays.stream(at).max().orElseThrow()).isBetween(96, 100);
  }

  /** Hitting times of positions 0 to masks, descending: in the order in which they are revealed. */
  private static double[] times(int masks, long seed) {
    double[] times =
        reveals(HITTING, masks, seed).stream()
            .mapToDouble(r -> RevealPolicy.FirstHitting.time(seed, r.get(0)))
            .toArray();
    double[] descending = times.clone();
    Arrays.sort(descending);
    for (int i = 0; i < masks; i++) {
      assertThat(times[i]).isEqualTo(descending[masks - 1 - i]);
    }
    return times;
  }

  /** The positions that each step reveals. */
  private static List<List<Integer>> reveals(DecodeOptions options, int masks, long seed) {
    var steps = new java.util.ArrayList<List<Integer>>();
    for (var state = start(options, masks, seed); !state.done(); ) {
      var step = state.advance(candidates(state.next().rows()));
      steps.add(Arrays.stream(step.committed().positions()).boxed().toList());
      state = step.state();
    }
    return steps;
  }

  /** The step, counted from 1, that reveals each position. */
  private static int[] revealedAt(DecodeOptions options, int masks, long seed) {
    int[] at = new int[masks];
    for (var state = start(options, masks, seed); !state.done(); ) {
      var step = state.advance(candidates(state.next().rows()));
      for (int position : step.committed().positions()) {
        at[position] = step.state().steps();
      }
      state = step.state();
    }
    return at;
  }

  private static DecodeState start(DecodeOptions options, int masks, long seed) {
    var segments = List.<Segment>of(new Segment.Masked(masks));
    return DecodeState.start(DecodePlan.of(segments, FakeDenoiser.CONFIG, options, seed));
  }

  private static Candidates candidates(int[] rows) {
    return new Candidates(
        rows, new int[rows.length], new float[rows.length], new float[rows.length]);
  }

  private static double binomial(int n, int k) {
    double result = 1;
    for (int i = 1; i <= k; i++) {
      result *= (n - k + i) / (double) i;
    }
    return result;
  }
}
