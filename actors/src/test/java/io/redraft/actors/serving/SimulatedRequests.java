package io.redraft.actors.serving;

import io.redraft.actors.simulation.VirtualTime;
import io.redraft.model.decode.CacheMode;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.Guidance;
import io.redraft.model.decode.GuidanceSchedule;
import io.redraft.model.decode.RevealPolicy;
import io.redraft.model.decode.Sampling;
import io.redraft.model.decode.Segment;
import io.redraft.model.decode.Verification.Mode;
import io.redraft.model.nn.AttentionMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;

/**
 * What simulated clients ask for: options, caches, priorities, tenants and limits of every kind.
 */
final class SimulatedRequests {
  private SimulatedRequests() {}

  /**
   * A run's requests.
   *
   * @param attention of the network; one that can attend block-causally is mostly asked to
   * @param deadlines whether some of them have one
   */
  static List<GenerationRequest> draw(Random random, AttentionMode attention, boolean deadlines) {
    var requests = new ArrayList<GenerationRequest>();
    for (int i = 0; i < 12; i++) {
      var options = DecodeOptions.DEFAULTS.withSampling(new Sampling(random.nextInt(2), 0, 1));
      if (random.nextBoolean()) {
        options = options.withPolicy(new RevealPolicy.Threshold(0.3)).withBlock(4);
        var caches = List.of(CacheMode.NONE, CacheMode.PREFIX, CacheMode.DUAL);
        options = options.withCache(caches.get(random.nextInt(caches.size())));
      }
      if (attention == AttentionMode.BLOCK_CAUSAL) {
        options = mostlyBlockCausal(options, random);
      }
      if (attention != AttentionMode.CAUSAL) {
        options = sometimesMore(options, random);
      }
      var deadline =
          deadlines && random.nextInt(6) == 0
              ? Optional.of(VirtualTime.now().plusMillis(random.nextInt(40)))
              : Optional.<java.time.Instant>empty();
      requests.add(
          new GenerationRequest(
              "",
              segments(random, attention),
              options,
              i,
              random.nextBoolean() ? Optional.of(Duration.ZERO) : Optional.empty(),
              deadline,
              random.nextInt(2 * Simulation.HIGHEST_PRIORITY + 1) - Simulation.HIGHEST_PRIORITY,
              List.of("", "a", "a", "a").get(random.nextInt(4)),
              limits(random)));
    }
    return requests;
  }

  /** Block-causal in blocks of any size, with its cache or without one; a few see all. */
  private static DecodeOptions mostlyBlockCausal(DecodeOptions options, Random random) {
    if (random.nextInt(5) == 0) {
      return options;
    }
    return options
        .withAttention(AttentionMode.BLOCK_CAUSAL)
        .withBlock(FakeModels.BLOCKS.get(random.nextInt(FakeModels.BLOCKS.size())))
        .withCache(
            List.of(CacheMode.NONE, CacheMode.PREFIX, CacheMode.DELAYED).get(random.nextInt(3)));
  }

  /** Guidance, which makes a session two canvases, steps without a pass, patience, or a window. */
  private static DecodeOptions sometimesMore(DecodeOptions options, Random random) {
    return switch (random.nextInt(6)) {
      case 0 ->
          options
              .withCache(CacheMode.NONE)
              .withGuidance(new Guidance(2, GuidanceSchedule.LINEAR_UP));
      case 1 -> options.forPolicy(new RevealPolicy.Ancestral()).withSteps(40);
      case 2 -> options.withPatience(2).withMinTokens(3).withBatchInvariant(true);
      case 3 -> options.withWindow(1 + random.nextInt(4));
      default -> options;
    };
  }

  private static RequestLimits limits(Random random) {
    var steps = random.nextInt(6) == 0 ? OptionalInt.of(3) : OptionalInt.empty();
    return new RequestLimits(OptionalInt.empty(), steps, Optional.empty());
  }

  private static List<Segment> segments(Random random, AttentionMode attention) {
    var segments = new ArrayList<Segment>();
    segments.add(new Segment.Fixed(new int[] {10 + random.nextInt(5), 20}));
    segments.add(new Segment.Masked(4 * (1 + random.nextInt(4))));
    if (attention != AttentionMode.CAUSAL && random.nextBoolean()) {
      segments.add(new Segment.Fixed(new int[] {30}));
      segments.add(new Segment.Masked(3));
    }
    return segments;
  }

  /** The same requests, each to be verified in some way or in none. */
  static List<GenerationRequest> verified(List<GenerationRequest> requests, long seed) {
    var random = new Random(seed);
    return requests.stream()
        .map(
            request -> {
              // A causal model does not write inside a text.
              var modes = request.segments().size() > 2 ? 2 : 3;
              var mode = Mode.values()[random.nextInt(modes)];
              return new GenerationRequest(
                  request.model(),
                  request.segments(),
                  TextsAlone.options(mode, request.options()),
                  request.seed(),
                  request.draftInterval(),
                  request.deadline(),
                  request.priority(),
                  request.tenant(),
                  request.limits());
            })
        .toList();
  }
}
