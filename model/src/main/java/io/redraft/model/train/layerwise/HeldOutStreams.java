package io.redraft.model.train.layerwise;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.Numerics;
import io.redraft.model.train.cache.ActivationCache;
import io.redraft.model.train.cache.CacheKey;
import io.redraft.model.train.cache.Fingerprint;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.plan.HeldOutCache;
import io.redraft.model.train.stage.CachedStream;
import io.redraft.model.train.stage.FrozenTrunk;
import io.redraft.model.train.stage.StageBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Supplier;

/**
 * What the frozen trunk makes of the held-out text, in a cache of its own under the run's {@code
 * held-out/}: chunk c under mask k is sample c of realisation k. An evaluation then needs no trunk
 * on the device, which has no room for it where a cache is worth having. Entries that are missing
 * or damaged are computed when they are asked for.
 *
 * <p>Chunks come in the order of an evaluator, all masks of one after the other, from the first
 * again after {@link #rewind}. Streams are rounded to bfloat16, and on a CPU computed one by one,
 * as those of the training text are. Confined to the thread that owns the kernels.
 */
final class HeldOutStreams implements AutoCloseable {
  private final ActivationCache cache;
  private final Supplier<FrozenTrunk> opener;
  private final int masks;
  private final int context;
  private FrozenTrunk trunk;
  private int asked;

  private HeldOutStreams(
      ActivationCache cache, Supplier<FrozenTrunk> opener, int masks, int context) {
    this.cache = cache;
    this.opener = opener;
    this.masks = masks;
    this.context = context;
  }

  /** The streams of a stage that reads a cache; {@code config} is the stage's. */
  static HeldOutStreams open(
      LayerwiseRun run, Stage stage, TrainingConfig config, Kernels kernels, Numerics numerics)
      throws IOException {
    var blocks = stage.trained().from();
    var key = key(run, stage, run.fingerprint(blocks, numerics));
    return new HeldOutStreams(
        ActivationCache.open(HeldOutCache.storage(run.settings(), run.folder(), heldOut(run)), key),
        () -> new FrozenTrunk(kernels, run.network(), blocks, numerics, run.weights()),
        config.training().evaluateMasks(),
        config.model().context());
  }

  /**
   * Refuses streams that would be larger than the run's cache may be, before the run begins.
   *
   * @throws InvalidInputException if they would
   */
  static void check(LayerwiseRun run) {
    var cached = run.stages().stream().anyMatch(stage -> stage.mechanics().cached());
    if (cached) {
      HeldOutCache.bytes(run.settings(), run.network().width(), heldOut(run));
    }
  }

  private static int heldOut(LayerwiseRun run) {
    return run.data().validation().tokens().length;
  }

  private static CacheKey key(LayerwiseRun run, Stage stage, String trunk) {
    return new CacheKey(
        trunk,
        new Fingerprint().numbers("tokens", run.data().validation().tokens()).hex(),
        run.seed(),
        stage.lowestRatio(),
        stage.highestRatio(),
        run.settings().training().evaluateMasks(),
        run.settings().model().context(),
        run.network().width());
  }

  /** The next batches are those of an evaluation's beginning. */
  void rewind() {
    asked = 0;
  }

  /** The next batch of an evaluation, with its stream. */
  StageBatch batch(TokenBatch tokens) {
    try {
      return StageBatch.cached(tokens, new CachedStream(ComputeType.BFLOAT16, read(tokens)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ByteBuffer read(TokenBatch tokens) throws IOException {
    var entry = Math.toIntExact(cache.key().entryBytes());
    var own = entry / context * tokens.length(); // the last chunk is shorter
    var target = direct(tokens.batch() * own);
    var whole = direct(entry);
    for (var i = 0; i < tokens.batch(); i++, asked++) {
      var realisation = asked % masks;
      long[] sample = {asked / masks};
      if (cache.read(sample, realisation, whole.clear()).length > 0) {
        var stream = computed(tokens.sequences(i, i + 1));
        whole.clear().put(stream);
        while (whole.hasRemaining()) {
          whole.put((byte) 0);
        }
        cache.put(sample[0], realisation, whole.flip());
      }
      target.put(whole.clear().limit(own));
    }
    return target.flip();
  }

  private static ByteBuffer direct(int size) {
    return ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private ByteBuffer computed(TokenBatch one) {
    if (trunk == null) {
      trunk = opener.get();
    }
    return CachedBatches.rounded(trunk.stream(one));
  }

  /** Takes the trunk off the device, if it came there. */
  void release() {
    if (trunk != null) {
      trunk.close();
      trunk = null;
    }
  }

  @Override
  public void close() throws IOException {
    release();
    cache.close();
  }
}
