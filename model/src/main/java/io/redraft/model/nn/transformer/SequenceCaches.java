package io.redraft.model.nn.transformer;

import io.redraft.model.decode.CacheUse;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.TensorList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Keys and values of canvases, one cache a sequence, on the device: (L, T, 2K, E) in the network's
 * number format, so 2 · L · K · E · T numbers a sequence. Confined to the device's thread.
 */
final class SequenceCaches implements AutoCloseable {
  /** The first {@code filled} of its places hold something. */
  private record Cache(TensorList tensors, int places, int filled) {}

  private final PreparedNetwork network;
  private final Map<Long, Cache> caches = new HashMap<>();

  SequenceCaches(PreparedNetwork network) {
    this.network = network;
  }

  /** The cache to be filled by a pass over a canvas of this length; made if there is none. */
  TensorList toFill(long sequence, int length, DeviceScope scope) {
    Cache cache = caches.get(sequence);
    if (cache == null || cache.places() != length) {
      release(sequence);
      cache =
          new Cache(
              network
                  .call("new_block_cache", scope)
                  .integer(length)
                  .integers(network.shape())
                  .runList(),
              length,
              length);
      caches.put(sequence, cache);
    }
    return cache.tensors();
  }

  /**
   * The cache that positions are appended to; made for the first ones.
   *
   * @param length of the canvas
   * @throws IllegalStateException if what stands before them was not appended before
   */
  TensorList toAppend(CacheUse.Append append, int length, DeviceScope scope) {
    if (append.from() > 0) {
      begun(append.sequence(), append.from(), length);
    }
    TensorList tensors = toFill(append.sequence(), length, scope);
    caches.put(append.sequence(), new Cache(tensors, length, append.to()));
    return tensors;
  }

  /**
   * The cache of which some positions are computed anew.
   *
   * @param length of the canvas
   * @throws IllegalStateException if not all up to the block's end was appended before
   */
  TensorList toAmend(CacheUse.Amend amend, int length) {
    return begun(amend.sequence(), amend.to(), length).tensors();
  }

  /** The cache of a sequence of which so many first positions must have been appended. */
  private Cache begun(long sequence, int filled, int length) {
    Cache cache = caches.get(sequence);
    if (cache == null || cache.places() != length || cache.filled() < filled) {
      throw new IllegalStateException(
          "no keys and values of the first %d of %d positions are kept for sequence %d"
              .formatted(filled, length, sequence));
    }
    return cache;
  }

  /**
   * Caches that were filled before, one a sequence.
   *
   * @throws IllegalStateException if one of them was not, or for a canvas of another length
   */
  List<TensorList> filled(List<Long> sequences, List<Integer> lengths) {
    var found = new ArrayList<TensorList>();
    for (int i = 0; i < sequences.size(); i++) {
      Cache cache = caches.get(sequences.get(i));
      if (cache == null || cache.places() != lengths.get(i) || cache.filled() < cache.places()) {
        throw new IllegalStateException(
            "no keys and values of %d positions are kept for sequence %d"
                .formatted(lengths.get(i), sequences.get(i)));
      }
      found.add(cache.tensors());
    }
    return found;
  }

  /** How many sequences have a cache. */
  int size() {
    return caches.size();
  }

  /** Frees a sequence's cache, if it has one. */
  void release(long sequence) {
    Cache released = caches.remove(sequence);
    if (released != null) {
      released.tensors().close();
    }
  }

  @Override
  public void close() {
    List.copyOf(caches.keySet()).forEach(this::release);
  }
}
