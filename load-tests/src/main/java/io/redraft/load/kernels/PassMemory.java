package io.redraft.load.kernels;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.redraft.model.nn.NetworkConfig;

/**
 * What a pass needs on a device, in bytes. Shapes: B canvases of T tokens, D width, H and K heads
 * and key/value heads of width E, F feed-forward width, V vocabulary, L blocks, C context, n bytes
 * a number.
 *
 * @param weights n · (all weights but the norms' gains, which are folded into matrices, a tied head
 *     a second time, and 2 · C · E of rotary tables)
 * @param caches n · 2 · L · K · E · T a canvas that keeps its keys and values
 * @param block n · B · T · (2 · D + 2 · max(F, (H + K) · E)): the stream and its norm, and gates
 *     and ups of the feed-forward layer, or queries and keys before and after they are rotated
 */
record PassMemory(@JsonProperty long weights, @JsonProperty long caches, @JsonProperty long block) {
  /** The formula's numbers for a pass over so many canvases, of which some keep what they have. */
  static PassMemory of(NetworkConfig c, RandomShape pass, int kept, int bytes) {
    long gains = (2L * c.layers() + 1) * c.width();
    long head = c.tiedHead() ? (long) c.vocabularySize() * c.width() : 0;
    long angles = 2L * c.contextLength() * c.headWidth();
    long keys = 2L * c.layers() * c.keyValueHeads() * c.headWidth() * pass.length();
    long turned = (long) (c.heads() + c.keyValueHeads()) * c.headWidth();
    long token = 2L * c.width() + 2 * Math.max(c.feedForwardWidth(), turned);
    return new PassMemory(
        bytes * (c.parameters() - gains + head + angles),
        bytes * keys * kept,
        bytes * token * pass.canvases() * pass.length());
  }

  /** All of it. */
  @JsonProperty
  long total() {
    return weights + caches + block;
  }
}
