package io.redraft.model.train.stage;

import io.redraft.model.InvalidInputException;
import io.redraft.model.objective.Batch;
import io.redraft.model.objective.TokenBatch;
import java.util.Arrays;
import java.util.Optional;

/**
 * What a stage is asked about one batch.
 *
 * @param tokens what is read and asked about; where the stream is given, its ids tell nothing but
 *     the mask ratio
 * @param stream what enters the first block, where the stage reads a cache
 * @param lessMasked what the block after those that learn was trained to read, (B, T): the same
 *     texts with fewer masks; empty where there is no consistency loss
 * @param share what the consistency loss of this batch counts: 1 over the number of batches of a
 *     step
 */
public record StageBatch(
    TokenBatch tokens, Optional<CachedStream> stream, int[] lessMasked, double share)
    implements Batch<StageBatch> {
  public StageBatch {
    if (lessMasked.length != 0 && lessMasked.length != tokens.inputs().length) {
      throw new IllegalArgumentException("less masked ids of another shape than the batch");
    }
  }

  /** A batch that is read from its ids. */
  public static StageBatch of(TokenBatch tokens) {
    return new StageBatch(tokens, Optional.empty(), new int[0], 1);
  }

  /** A batch whose stream is given. */
  public static StageBatch cached(TokenBatch tokens, CachedStream stream) {
    return new StageBatch(tokens, Optional.of(stream), new int[0], 1);
  }

  /**
   * Refuses what a stage does not read.
   *
   * @throws IllegalArgumentException if the batch has not what the stage reads
   */
  void checkFor(StageLayout layout) {
    if (!tokens.noise().none()) {
      throw new IllegalArgumentException("a stage does not noise embeddings");
    }
    if (stream.isPresent() != layout.stage().mechanics().cached()) {
      throw new IllegalArgumentException(
          layout.stage().mechanics().cached()
              ? "a stage that reads a cache is asked without a stream"
              : "a stream is given to a stage that reads ids");
    }
    stream.ifPresent(given -> checkSize(given, layout.network().width()));
  }

  private void checkSize(CachedStream given, int width) {
    var numbers = (long) tokens.batch() * tokens.length() * width;
    var each = CachedStream.numberBytes(given.type());
    if (given.bytes().remaining() != numbers * each) {
      throw InvalidInputException.of(
          "cached stream",
          given.bytes().remaining() + " bytes",
          numbers + " numbers of " + each + " bytes");
    }
  }

  /** The same questions as one of several batches of a step, whose losses are averaged. */
  public StageBatch oneOf(int batches) {
    return new StageBatch(tokens.oneOf(batches), stream, lessMasked, share / batches);
  }

  @Override
  public int batch() {
    return tokens.batch();
  }

  @Override
  public int places() {
    return tokens.places();
  }

  @Override
  public int size() {
    return tokens.size();
  }

  /** The consistency loss counts by the number of sequences. */
  @Override
  public StageBatch sequences(int from, int to) {
    var all = tokens.batch();
    return new StageBatch(
        tokens.sequences(from, to),
        stream.map(s -> s.sequences(from, to, all)),
        lessMasked.length == 0
            ? lessMasked
            : Arrays.copyOfRange(lessMasked, from * tokens.length(), to * tokens.length()),
        share * (to - from) / all);
  }
}
