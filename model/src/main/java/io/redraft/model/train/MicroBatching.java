package io.redraft.model.train;

import ai.djl.engine.EngineException;
import io.redraft.model.noise.CounterHash;
import io.redraft.model.objective.Batch;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Computes batches in portions that the device's memory holds. It begins with whole micro-batches;
 * whenever memory runs out, and the device has none that it can do without, it halves the number of
 * sequences that are computed at a time, and computes the step anew.
 *
 * <p>A portion's rows keep the weights that they have in the whole, so the portions' gradients add
 * up to the whole's, whatever the objective divides by: the effective batch, its samples, times and
 * masks stay the same, and sums differ by rounding alone. Dropout draws anew for every portion.
 */
public final class MicroBatching {
  /** What computes. */
  public interface Device<B extends Batch<B>> {
    /** Adds a batch's gradient. */
    void accumulate(B batch, long dropoutSeed);

    /** Forgets the gradient accumulated so far, and what a failed call may have left behind. */
    void discard();

    /**
     * Gives back memory that makes it faster and that it can do without, once memory ran out.
     *
     * @return whether there was any, so that the same may be tried again
     */
    default boolean giveBack() {
      return false;
    }
  }

  private int sequences;

  /** Begins with so many sequences at a time. */
  public MicroBatching(int sequences) {
    this.sequences = sequences;
  }

  /** Sequences that are computed at a time. */
  public int sequences() {
    return sequences;
  }

  /**
   * Accumulates the gradient of a step.
   *
   * @param batches the step's micro-batches
   * @param dropoutSeeds one a micro-batch
   * @throws TrainingHaltedException if one sequence at a time is too much
   */
  public <B extends Batch<B>> void accumulate(
      Device<B> device, List<B> batches, long[] dropoutSeeds) {
    fitting(
        () -> {
          for (var i = 0; i < batches.size(); i++) {
            var seed = dropoutSeeds[i];
            var portions = portions(batches.get(i), sequences);
            for (var part = 0; part < portions.size(); part++) {
              device.accumulate(
                  portions.get(part), part == 0 ? seed : CounterHash.bits(seed, part));
            }
          }
          return null;
        },
        device::giveBack,
        device::discard);
  }

  /**
   * Cross-entropy at every row of a batch, in the order of its rows.
   *
   * @param scorer scores one portion
   */
  public <B extends Batch<B>> float[] crossEntropy(B batch, Function<B, float[]> scorer) {
    return fitting(
        () -> {
          var all = new float[batch.size()];
          var at = 0;
          for (var portion : portions(batch, sequences)) {
            System.arraycopy(scorer.apply(portion), 0, all, at, portion.size());
            at += portion.size();
          }
          return all;
        },
        () -> false,
        () -> {});
  }

  private interface Work<T> {
    T run();
  }

  private <T> T fitting(Work<T> work, BooleanSupplier giveBack, Runnable discard) {
    while (true) {
      try {
        return work.run();
      } catch (EngineException e) {
        if (!outOfMemory(e)) {
          throw e;
        }
        if (giveBack.getAsBoolean()) {
          discard.run();
          continue;
        }
        if (sequences == 1) {
          throw new TrainingHaltedException(
              "the device's memory does not hold one sequence; train a smaller model or"
                  + " model.context, or on another run.device",
              e);
        }
        sequences = (sequences + 1) / 2;
        discard.run();
      }
    }
  }

  /** Whether a failure says that memory ran out, in the words of CUDA's or the CPU's allocator. */
  public static boolean outOfMemory(EngineException failure) {
    var message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
    return message.contains("out of memory")
        || message.contains("not enough memory")
        || message.contains("can't allocate memory")
        || message.contains("bad_alloc");
  }

  /** The batch cut into batches of at most so many sequences, weights unchanged. */
  static <B extends Batch<B>> List<B> portions(B batch, int sequences) {
    if (batch.batch() <= sequences) {
      return List.of(batch);
    }
    List<B> portions = new ArrayList<>();
    for (var from = 0; from < batch.batch(); from += sequences) {
      portions.add(batch.sequences(from, Math.min(batch.batch(), from + sequences)));
    }
    return portions;
  }
}
