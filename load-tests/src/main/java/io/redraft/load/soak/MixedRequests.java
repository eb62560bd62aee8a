package io.redraft.load.soak;

import io.redraft.proto.v1.Cache;
import io.redraft.proto.v1.Decoding;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.Limits;
import io.redraft.proto.v1.RevealPolicy;
import io.redraft.proto.v1.Segment;
import java.util.Random;

/**
 * Short requests of every kind, the n-th the same in every run: lengths, policies, caches,
 * guidance, remasking, drafts or none; some of them are wrong, limited, cancelled or broken off.
 */
final class MixedRequests {
  /** What a client does with its request, and what comes of it. */
  enum Kind {
    /** It reads to the end, and gets a text. */
    READ,
    /** It goes after the first event. */
    CANCELLED,
    /** Its connection breaks after the first event, and it resumes the stream to the end. */
    RESUMED,
    /** Its steps are limited to fewer than it needs. */
    LIMITED,
    /** It asks for what is not allowed. */
    WRONG,
    /** It allows less time than any text takes. */
    LATE
  }

  /** A request and what its client does. */
  record Mixed(Kind kind, GenerateRequest request) {}

  private static final String[] PROMPTS = {"Once upon a time", "The dog", "Lily had a", "One day"};
  private static final RevealPolicy[] POLICIES = {
    RevealPolicy.REVEAL_POLICY_CONFIDENCE,
    RevealPolicy.REVEAL_POLICY_THRESHOLD,
    RevealPolicy.REVEAL_POLICY_LINEAR,
    RevealPolicy.REVEAL_POLICY_RANDOM,
    RevealPolicy.REVEAL_POLICY_FACTOR,
    RevealPolicy.REVEAL_POLICY_ENTROPY,
    RevealPolicy.REVEAL_POLICY_ANCESTRAL,
    RevealPolicy.REVEAL_POLICY_FIRST_HITTING
  };
  private static final int MOST_MASKS = 8;
  private static final int BLOCK = 4;

  private final int context;

  /** Requests to a model of this context. */
  MixedRequests(int context) {
    this.context = context;
  }

  /** The n-th. */
  Mixed get(int n) {
    var random = new Random(n);
    int masks = 4 + random.nextInt(MOST_MASKS - 3);
    var request =
        GenerateRequest.newBuilder()
            .addSegments(Segment.newBuilder().setText(PROMPTS[random.nextInt(PROMPTS.length)]))
            .addSegments(Segment.newBuilder().setMask(masks))
            .setDecoding(decoding(random, masks))
            .setSeed(n)
            .setOmitDrafts(random.nextInt(3) == 0);
    Kind kind = kind(random.nextInt(100));
    switch (kind) {
      case RESUMED -> request.setResumable(true);
      case LIMITED ->
          request
              .setLimits(Limits.newBuilder().setMaxSteps(1))
              .setDecoding(Decoding.newBuilder().setSteps(masks).setBlock(0));
      case WRONG -> wrong(request, random);
      default -> {}
    }
    return new Mixed(kind, request.build());
  }

  private static Kind kind(int percent) {
    if (percent < 80) {
      return Kind.READ;
    }
    if (percent < 86) {
      return Kind.CANCELLED;
    }
    if (percent < 90) {
      return Kind.RESUMED;
    }
    if (percent < 93) {
      return Kind.LIMITED;
    }
    return percent < 97 ? Kind.WRONG : Kind.LATE;
  }

  /** The model's own defaults have no say. */
  private static Decoding.Builder decoding(Random random, int masks) {
    var policy = POLICIES[random.nextInt(POLICIES.length)];
    boolean blocks = random.nextBoolean();
    var decoding =
        Decoding.newBuilder()
            .setPolicy(policy)
            .setTemperature(random.nextInt(3) / 2.0)
            .setTopK(random.nextInt(2) * 50)
            .setTopP(1)
            .setBlock(blocks ? Math.min(BLOCK, masks) : 0)
            .setSteps(1 + random.nextInt(4));
    if (blocks) {
      decoding.setCacheValue(1 + random.nextInt(Cache.CACHE_DUAL_VALUE));
    } else if (random.nextInt(4) == 0) {
      decoding.setGuidance(1.5);
    }
    if (policy == RevealPolicy.REVEAL_POLICY_CONFIDENCE && random.nextBoolean()) {
      decoding.setRemask(0.3);
    }
    return decoding;
  }

  private void wrong(GenerateRequest.Builder request, Random random) {
    switch (random.nextInt(4)) {
      case 0 -> request.getDecodingBuilder().setTemperature(-1);
      case 1 -> request.getDecodingBuilder().setPolicyValue(99);
      case 2 -> request.getSegmentsBuilder(1).setMask(context + 1);
      default -> request.setPriority(1000);
    }
  }
}
