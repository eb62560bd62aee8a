package io.redraft.model.evaluate;

import io.redraft.model.noise.CounterHash;
import io.redraft.model.noise.StratifiedTimes;
import io.redraft.model.objective.Sample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * How a denoiser is asked about a text: it is cut into chunks of the context's length, the last one
 * shorter, and every chunk is read under K masks. Chunk comes after chunk, and of a chunk mask
 * after mask, in batches of sequences of one length; masks depend on the seed, not on the batches.
 *
 * @param tokens the text
 * @param context tokens of a chunk
 * @param masks masks a chunk, K
 * @param batchSize most sequences of a batch
 * @param seed fixes the masks, and the places of their noise levels
 */
record MaskedChunks(int[] tokens, int context, int masks, int batchSize, long seed)
    implements Iterable<MaskedChunks.Batch> {
  /**
   * What is asked about together.
   *
   * @param samples the chunks, each with the seed of its mask
   * @param places where in [0, 1) the noise level of each lies; those of a chunk are stratified
   */
  record Batch(List<Sample> samples, double[] places) {}

  @Override
  public Iterator<Batch> iterator() {
    return new Iterator<>() {
      private final List<int[]> chunks = Chunks.of(tokens, context, 0);
      private final long offsets = CounterHash.derive(seed, "times");
      private final long hidden = CounterHash.derive(seed, "masks");
      private int chunk;
      private int mask;
      private double[] strata;

      @Override
      public boolean hasNext() {
        return chunk < chunks.size();
      }

      @Override
      public Batch next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        List<Sample> samples = new ArrayList<>();
        var places = new double[batchSize];
        var length = chunks.get(chunk).length;
        while (samples.size() < batchSize && hasNext() && chunks.get(chunk).length == length) {
          if (mask == 0) {
            strata = StratifiedTimes.places(offsets, chunk, masks);
          }
          places[samples.size()] = strata[mask];
          samples.add(new Sample(chunk, CounterHash.bits(hidden, mask), chunks.get(chunk)));
          mask = (mask + 1) % masks;
          chunk += mask == 0 ? 1 : 0;
        }
        return new Batch(samples, Arrays.copyOf(places, samples.size()));
      }
    };
  }
}
