package io.redraft.load.serve;

import io.redraft.proto.v1.AttentionMode;
import io.redraft.proto.v1.Cache;
import io.redraft.proto.v1.Decoding;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.RevealPolicy;
import io.redraft.proto.v1.Segment;
import io.redraft.proto.v1.StepGrid;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Short requests with all that a request may ask for, drawn from a seed. */
final class EqualityRequests {
  /** Temperatures at which every request is made. */
  static final List<Double> TEMPERATURES = List.of(0., 0.8);

  private static final int[] MASKS = {6, 10, 14, 22};
  private static final int[] BLOCKS = {4, 8};
  private static final String AFTER = ".";
  private static final RevealPolicy[] POLICIES = {
    RevealPolicy.REVEAL_POLICY_CONFIDENCE,
    RevealPolicy.REVEAL_POLICY_THRESHOLD,
    RevealPolicy.REVEAL_POLICY_FACTOR,
    RevealPolicy.REVEAL_POLICY_ENTROPY,
    RevealPolicy.REVEAL_POLICY_LINEAR,
    RevealPolicy.REVEAL_POLICY_RANDOM,
    RevealPolicy.REVEAL_POLICY_ANCESTRAL,
    RevealPolicy.REVEAL_POLICY_FIRST_HITTING
  };

  private static final Set<RevealPolicy> WITHOUT_WINDOW =
      Set.of(RevealPolicy.REVEAL_POLICY_ANCESTRAL, RevealPolicy.REVEAL_POLICY_FIRST_HITTING);

  private static final Cache[] BLOCK_CAUSAL_CACHES = {
    Cache.CACHE_NONE, Cache.CACHE_PREFIX, Cache.CACHE_DELAYED
  };

  private final Random random = new Random(20_261);
  private final Random windows = new Random(20_262);
  private final int longest;
  private final boolean batchInvariant;
  private final List<Integer> attentionBlocks;

  /**
   * Requests.
   *
   * @param longest most masks of a request
   * @param batchInvariant whether they share no pass
   * @param attentionBlocks block sizes that the model can attend block-causally with
   */
  EqualityRequests(int longest, boolean batchInvariant, List<Integer> attentionBlocks) {
    this.longest = longest;
    this.batchInvariant = batchInvariant;
    this.attentionBlocks = attentionBlocks;
  }

  /** So many requests, each once a temperature. */
  List<GenerateRequest> draw(int count) {
    List<GenerateRequest> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int masks = Math.min(longest, MASKS[random.nextInt(MASKS.length)]);
      var decoding = decoding(masks);
      long seed = random.nextInt(1 << 30);
      for (double temperature : TEMPERATURES) {
        all.add(
            GenerateRequest.newBuilder()
                .addSegments(Segment.newBuilder().setMask(masks))
                .addSegments(Segment.newBuilder().setText(AFTER))
                .setDecoding(decoding.clone().setTemperature(temperature))
                .setSeed(seed)
                .setOmitDrafts(true)
                .build());
      }
    }
    return all;
  }

  private Decoding.Builder decoding(int masks) {
    var policy = POLICIES[random.nextInt(POLICIES.length)];
    var decoding =
        Decoding.newBuilder()
            .setPolicy(policy)
            .setGrid(random.nextBoolean() ? StepGrid.STEP_GRID_UNIFORM : StepGrid.STEP_GRID_COSINE)
            .setTopK(random.nextInt(4) == 0 ? 40 : 0)
            .setTopP(random.nextInt(4) == 0 ? 0.9 : 1)
            .setWindow(0)
            .setCache(Cache.CACHE_NONE)
            .setAttention(AttentionMode.ATTENTION_MODE_BIDIRECTIONAL)
            .setBlock(0)
            .setBatchInvariant(batchInvariant);
    switch (policy) {
      case REVEAL_POLICY_THRESHOLD -> decoding.setThreshold(0.3 + 0.6 * random.nextDouble());
      case REVEAL_POLICY_FACTOR -> decoding.setFactor(0.5 + random.nextDouble());
      case REVEAL_POLICY_ENTROPY -> decoding.setGamma(random.nextDouble());
      default -> {}
    }
    if (!WITHOUT_WINDOW.contains(policy) && windows.nextInt(3) == 0) {
      decoding.setWindow(1 + windows.nextInt(4));
    }
    int ofBlock = masks;
    var sizes = attentionBlocks.stream().filter(size -> size <= masks).toList();
    if (!sizes.isEmpty() && random.nextInt(3) == 0) {
      ofBlock = sizes.get(random.nextInt(sizes.size()));
      decoding
          .setAttention(AttentionMode.ATTENTION_MODE_BLOCK_CAUSAL)
          .setBlock(ofBlock)
          .setCache(BLOCK_CAUSAL_CACHES[random.nextInt(BLOCK_CAUSAL_CACHES.length)]);
    } else if (random.nextInt(3) > 0) {
      ofBlock = Math.min(masks, BLOCKS[random.nextInt(BLOCKS.length)]);
      decoding.setBlock(ofBlock).setCacheValue(1 + random.nextInt(3));
    } else if (random.nextInt(3) == 0) {
      decoding.setGuidance(1 + random.nextDouble());
    }
    return decoding.setSteps(random.nextBoolean() ? ofBlock : (ofBlock + 1) / 2);
  }

  /** Equal for requests whose passes are of one shape, as long as they take the same ones. */
  static String shape(GenerateRequest request) {
    var decoding = request.getDecoding();
    return "%d %4d %d %d"
        .formatted(
            decoding.getAttentionValue(),
            request.getSegments(0).getMask(),
            decoding.getCacheValue(),
            decoding.getBlock());
  }
}
