package io.redraft.model.decode;

import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.domains.DomainContextBase;

/** Plans of every kind, and denoisers that misbehave as far as the contract lets them. */
class DecodeScenarios extends DomainContextBase {
  private static final int TOKENS = FakeDenoiser.CONFIG.endToken();

  /** It attends both ways, in blocks of every size that options here have. */
  static final NetworkConfig NETWORK =
      FakeDenoiser.config(50, 128)
          .withAttentionBlocks(IntStream.rangeClosed(1, 20).boxed().toList());

  /** Any policy, paced or not. */
  @Provide
  Arbitrary<RevealPolicy> policies() {
    return Arbitraries.oneOf(
        Arbitraries.of(
            new RevealPolicy.Confidence(),
            new RevealPolicy.Linear(),
            new RevealPolicy.Random(),
            new RevealPolicy.Ancestral(),
            new RevealPolicy.FirstHitting()),
        Arbitraries.doubles().between(0.01, 1).map(RevealPolicy.Threshold::new),
        Arbitraries.doubles().between(0.01, 4).map(RevealPolicy.Factor::new),
        Arbitraries.doubles().between(0, 2).map(RevealPolicy.Entropy::new));
  }

  @Provide
  Arbitrary<DecodeOptions> options() {
    var probabilities = Arbitraries.doubles().between(0.05, 1).map(OptionalDouble::of);
    var sometimes = Arbitraries.just(OptionalDouble.empty());
    return Combinators.combine(
            policies(),
            Arbitraries.integers()
                .between(0, 40)
                .map(n -> n == 0 ? OptionalInt.empty() : OptionalInt.of(n)),
            Arbitraries.integers().between(0, 20),
            Arbitraries.of(StepGrid.values()),
            Arbitraries.of(Sampling.GREEDY, new Sampling(1, 0, 1), new Sampling(0.7, 20, 0.9)),
            Arbitraries.frequencyOf(Tuple.of(3, sometimes), Tuple.of(1, probabilities)),
            Arbitraries.frequencyOf(Tuple.of(2, sometimes), Tuple.of(1, probabilities)))
        .as(DecodeScenarios::options)
        .flatMap(DecodeScenarios::withAnyCache)
        .flatMap(DecodeScenarios::withAnyWindow);
  }

  /** All masks, mostly. */
  private static Arbitrary<DecodeOptions> withAnyWindow(DecodeOptions options) {
    return Arbitraries.integers()
        .between(-12, 8)
        .map(window -> options.withWindow(Math.max(0, window)).forPolicy(options.policy()));
  }

  private static Arbitrary<DecodeOptions> withAnyCache(DecodeOptions options) {
    if (options.block() == 0) {
      return Arbitraries.just(options);
    }
    var blockCausal = options.withAttention(AttentionMode.BLOCK_CAUSAL);
    return Arbitraries.frequencyOf(
        Tuple.of(
            3,
            Arbitraries.of(CacheMode.NONE, CacheMode.PREFIX, CacheMode.DUAL)
                .map(options::withCache)),
        Tuple.of(2, Arbitraries.of(CacheMode.NONE, CacheMode.PREFIX).map(blockCausal::withCache)));
  }

  private static DecodeOptions options(
      RevealPolicy policy,
      OptionalInt steps,
      int block,
      StepGrid grid,
      Sampling sampling,
      OptionalDouble stop,
      OptionalDouble remask) {
    var options =
        DecodeOptions.DEFAULTS
            .withPolicy(policy)
            .withBlock(block)
            .withGrid(grid)
            .withSampling(sampling);
    options = steps.isPresent() ? options.withSteps(steps.getAsInt()) : options;
    options = stop.isPresent() ? options.withConfidenceStop(stop.getAsDouble()) : options;
    options = remask.isPresent() ? options.withRemask(remask.getAsDouble()) : options;
    return options.forPolicy(policy);
  }

  /** No guidance, mostly. */
  @Provide
  Arbitrary<Guidance> guidance() {
    var some =
        Combinators.combine(
                Arbitraries.doubles().between(0.1, 10), Arbitraries.of(GuidanceSchedule.values()))
            .as(Guidance::new);
    return Arbitraries.frequencyOf(Tuple.of(2, Arbitraries.just(Guidance.NONE)), Tuple.of(1, some));
  }

  /** Pinned and masked runs in any order, at least one of them masked. */
  @Provide
  Arbitrary<DecodePlan> plans() {
    Arbitrary<Segment> runs =
        Arbitraries.oneOf(
            Arbitraries.integers()
                .between(0, TOKENS - 1)
                .array(int[].class)
                .ofMaxSize(8)
                .map(Segment.Fixed::new),
            Arbitraries.integers().between(1, 12).map(Segment.Masked::new));
    return Combinators.combine(
            runs.list().ofMaxSize(4),
            Arbitraries.integers().between(1, 16),
            Arbitraries.integers().between(0, 4),
            options(),
            guidance(),
            Arbitraries.integers().between(-4, 6),
            Arbitraries.integers().between(-20, 20),
            Arbitraries.longs())
        .as(
            (segments, masks, at, some, guidance, patience, least, seed) -> {
              List<Segment> all = new ArrayList<>(segments);
              all.add(Math.min(at, all.size()), new Segment.Masked(masks));
              boolean pinned =
                  all.stream().anyMatch(s -> s instanceof Segment.Fixed f && f.tokens().length > 0);
              var options = some.withMinTokens(Math.max(0, Math.min(least, masks)));
              boolean guided = pinned && options.cache() == CacheMode.NONE;
              options = guided ? options.withGuidance(guidance) : options;
              options = patience > 0 ? options.withPatience(patience) : options;
              options = options.forPolicy(options.policy());
              return DecodePlan.of(all, NETWORK, options, seed);
            })
        // Edge cases of so many parts would crowd out everything else.
        .withoutEdgeCases();
  }

  /** The same text under other options. */
  static DecodePlan withOptions(DecodePlan plan, DecodeOptions options) {
    return new DecodePlan(
        plan.canvas(), plan.maskToken(), plan.endToken(), options, plan.seed(), plan.firstEnd());
  }

  /** Candidates whose confidence grows with the position. */
  static Candidates candidates(int[] positions, int... tokens) {
    float[] confidences = new float[positions.length];
    for (int i = 0; i < positions.length; i++) {
      confidences[i] = 0.1f + 0.01f * positions[i];
    }
    return new Candidates(positions, tokens, confidences, new float[positions.length]);
  }

  /**
   * A denoiser that proposes anything: ends of text, the mask itself (an abstention), nothing for
   * some rows, and confidences that are no probabilities. Only in a fallback pass it is honest.
   */
  static Candidates anything(DecodeState state, Random random) {
    var task = state.next();
    boolean fallback = state.blockStep() >= budget(state);
    int[] rows = IntStream.of(task.rows()).filter(p -> fallback || random.nextInt(8) > 0).toArray();
    int n = rows.length;
    var result = new Candidates(rows, new int[n], new float[n], new float[n]);
    float[] oddities = {Float.NaN, 0, 1, -1, 2, Float.POSITIVE_INFINITY};
    for (int i = 0; i < n; i++) {
      boolean odd = random.nextInt(6) == 0;
      result.tokens()[i] = random.nextInt(fallback ? TOKENS + 1 : TOKENS + 2);
      result.confidences()[i] =
          odd ? oddities[random.nextInt(oddities.length)] : random.nextFloat();
      result.entropies()[i] =
          odd ? oddities[random.nextInt(oddities.length)] : 4 * random.nextFloat();
    }
    return result;
  }

  /** Steps that the active block may take before its fallback pass. */
  static int budget(DecodeState state) {
    return state.plan().options().budget(state.plan().block(state.block()).length);
  }
}
