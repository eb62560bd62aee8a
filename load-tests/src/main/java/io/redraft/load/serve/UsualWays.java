package io.redraft.load.serve;

import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import java.util.List;
import java.util.stream.Stream;

/** Ways of decoding that are compared where none are named: those that a network has learned. */
final class UsualWays {
  private static final int BLOCK = 16;

  /** Of a network with blocks, in one of their sizes. */
  private static final String FAST = "factor=0.5/%d/delayed/block-causal/window=6";

  private static final List<String> BOTH_SIDES =
      List.of(
          "confidence/4/dual",
          "confidence/32/dual",
          "threshold=0.9/32/none",
          "threshold=0.9/32/dual",
          "threshold=0.8/32/dual",
          "threshold=0.7/32/dual",
          "threshold=0.6/32/dual",
          "threshold=0.5/32/dual",
          "threshold=0.7/32/prefix",
          "threshold=0.7/16/dual",
          "threshold=0.7/64/dual",
          "factor=1/32/dual",
          "entropy=0.2/32/dual");

  private UsualWays() {}

  /** Block-causal ways in sizes that a network has learned, if any; otherwise ways with caches. */
  static List<Way> of(NetworkConfig network) {
    var learned = network.attentionBlocks();
    if (learned.isEmpty()) {
      return BOTH_SIDES.stream().map(Way::parse).toList();
    }
    int block = block(learned);
    int largest = learned.get(learned.size() - 1);
    var blockCausal =
        Stream.of(
            "factor=0.5/%d/prefix/block-causal".formatted(block),
            "factor=0.75/%d/prefix/block-causal".formatted(block),
            "threshold=0.9/%d/prefix/block-causal".formatted(block),
            FAST.formatted(block),
            "factor=0.75/%d/delayed/block-causal/window=6".formatted(block),
            "factor=0.5/%d/delayed/block-causal/window=8".formatted(largest));
    boolean both = network.attention() == AttentionMode.BIDIRECTIONAL;
    var others = both ? Stream.of("threshold=0.7/16/dual") : Stream.<String>empty();
    return Stream.concat(blockCausal, others).map(Way::parse).toList();
  }

  /** The way that is looked at where nothing tells which is best. */
  static Way fast(NetworkConfig network) {
    var learned = network.attentionBlocks();
    return Way.parse(learned.isEmpty() ? "threshold=0.7/32/dual" : FAST.formatted(block(learned)));
  }

  private static int block(List<Integer> learned) {
    return learned.contains(BLOCK) ? BLOCK : learned.get(learned.size() - 1);
  }
}
