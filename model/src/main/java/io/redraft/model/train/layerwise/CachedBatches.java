package io.redraft.model.train.layerwise;

import io.redraft.model.nn.ComputeType;
import io.redraft.model.safetensors.BFloat16;
import io.redraft.model.train.cache.ActivationCache;
import io.redraft.model.train.layerwise.CachedSamples.Entry;
import io.redraft.model.train.stage.CachedStream;
import io.redraft.model.train.stage.FrozenTrunk;
import io.redraft.model.train.stage.StageBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What every step of a stage sees that reads its stream from a cache. What the cache does not hold,
 * because it is new, was refreshed or is damaged, is computed by the frozen trunk: as much of it as
 * the coming steps will ask for, so that the trunk is in the device's memory for a while only, and
 * before the stage's own weights are.
 *
 * <p>A stream is rounded to bfloat16 before it is used, also when it was computed a moment ago, and
 * is computed alone on a CPU, whose sums depend on what shares a batch: so a stage reads the same
 * bits whether its cache was whole or not.
 */
final class CachedBatches implements StageStream {
  /** Sequences that a GPU's trunk computes at a time. */
  private static final int TOGETHER = 8;

  private final CachedSamples samples;
  private final ActivationCache cache;
  private final Supplier<FrozenTrunk> trunk;
  private final boolean alone;
  private final int parts;
  private final long steps;

  /**
   * Batches of a stage.
   *
   * @param cache to be closed with the batches
   * @param trunk brings the frozen blocks to the device
   * @param alone whether sequences are computed one by one
   * @param parts micro-batches of a step
   * @param steps steps that the stage takes
   */
  CachedBatches(
      CachedSamples samples,
      ActivationCache cache,
      Supplier<FrozenTrunk> trunk,
      boolean alone,
      int parts,
      long steps) {
    this.samples = samples;
    this.cache = cache;
    this.trunk = trunk;
    this.alone = alone;
    this.parts = parts;
    this.steps = steps;
  }

  /** Computes what steps from this one on will ask for, until the next generation of masks. */
  @Override
  public void fill(long from) throws IOException {
    Set<Entry> missing = new LinkedHashSet<>();
    var first = samples.entries(from, 0).get(0).realisation();
    for (var step = from; step < steps; step++) {
      for (var part = 0; part < parts; part++) {
        var entries = samples.entries(step, part);
        for (var entry : entries) {
          if (!cache.has(entry.sample(), entry.realisation())) {
            missing.add(entry);
          }
        }
        var newest = entries.get(entries.size() - 1).realisation();
        if (cache.generation(newest) > cache.generation(first) + 1) {
          step = steps; // two generations at most lie on disk
        }
      }
    }
    compute(List.copyOf(missing));
  }

  private void compute(List<Entry> missing) throws IOException {
    if (missing.isEmpty()) {
      return;
    }
    try (var network = trunk.get()) {
      var together = alone ? 1 : TOGETHER;
      for (var at = 0; at < missing.size(); at += together) {
        var some = missing.subList(at, Math.min(missing.size(), at + together));
        var stream = rounded(network.stream(samples.ask(some)));
        var one = stream.remaining() / some.size();
        for (var i = 0; i < some.size(); i++) {
          var entry = some.get(i);
          cache.put(entry.sample(), entry.realisation(), stream.slice(i * one, one));
        }
      }
    }
  }

  /** The stream as a cache holds it. */
  static ByteBuffer rounded(CachedStream stream) {
    if (stream.type() == ComputeType.BFLOAT16) {
      return stream.bytes();
    }
    var floats = stream.bytes().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    var values = new float[floats.remaining()];
    floats.get(values);
    return BFloat16.bytes(values);
  }

  @Override
  public List<StageBatch> step(long step) throws IOException {
    var batches = new ArrayList<StageBatch>(parts);
    for (var part = 0; part < parts; part++) {
      var entries = samples.entries(step, part);
      var bytes = read(step, entries);
      var batch =
          StageBatch.cached(samples.ask(entries), new CachedStream(ComputeType.BFLOAT16, bytes));
      batches.add(parts == 1 ? batch : batch.oneOf(parts));
    }
    return batches;
  }

  private ByteBuffer read(long step, List<Entry> entries) throws IOException {
    var ids = entries.stream().mapToLong(Entry::sample).toArray();
    var realisations = entries.stream().mapToInt(Entry::realisation).toArray();
    var size = Math.toIntExact(entries.size() * cache.key().entryBytes());
    var target = ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN);
    var missing = cache.read(ids, realisations, target);
    if (missing.length > 0) {
      List<Entry> damaged = new ArrayList<>();
      for (var i : missing) {
        damaged.add(entries.get(i));
      }
      compute(damaged);
      fill(step);
      target.clear();
      missing = cache.read(ids, realisations, target);
      if (missing.length > 0) {
        throw new IOException(
            "the activation cache lost %d streams while they were written"
                .formatted(missing.length));
      }
    }
    return target.flip();
  }

  @Override
  public double passes(long step) {
    return samples.passes(step);
  }

  @Override
  public void close() throws IOException {
    cache.close();
  }
}
