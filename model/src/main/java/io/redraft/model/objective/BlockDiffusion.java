package io.redraft.model.objective;

import io.redraft.model.noise.CounterHash;
import io.redraft.model.noise.Masks;
import java.util.Arrays;
import java.util.List;

/**
 * The bound of block diffusion (Arriola et al. 2025, "Block Diffusion: Interpolating Between
 * Autoregressive and Diffusion Language Models"), for a network that attends block-causally. A text
 * is cut into blocks of S tokens from its first token on, the last perhaps shorter, and
 *
 * <pre>−log p(x) ≤ Σ_blocks E_m (L/m) Σ_masked CE(token | its own noisy block, clean blocks before)
 * </pre>
 *
 * where L is the block's length and m, the number of its masks, uniform from 1 to L: the integral
 * over time is taken by counting masks, which gives each count the weight that it has there (as Nie
 * et al. 2025, LLaDA, evaluate). With S = 1 it is the exact loss of a model that writes left to
 * right.
 *
 * <p>Every block of a sample is asked about at once: a sequence of the batch is the noisy text and
 * the clean one behind it, 2T places, and {@link TokenBatch#blockSize} tells the network who sees
 * whom.
 *
 * @param size S
 * @param mask id of the mask
 */
public record BlockDiffusion(int size, int mask) {
  /** The coordinate of a sample's stream that says how noisy its blocks are; no place has it. */
  private static final long LEVELS = -1;

  /** (√5 − 1) / 2, whose multiples fill the unit interval evenly (Weyl's sequence). */
  private static final double GOLDEN = 0.6180339887498949;

  public BlockDiffusion {
    if (size < 1) {
      throw new IllegalArgumentException("blocks of " + size);
    }
  }

  /**
   * Makes a batch of questions whose weights are (L/m)/N, N the tokens of the batch. The result
   * depends on nothing but its arguments; what is masked in a sample depends on the sample alone.
   *
   * @param samples sequences of equal length T of which nothing is given
   */
  public TokenBatch ask(List<Sample> samples) {
    var length = samples.get(0).tokens().length;
    var tokens = samples.size() * length;
    var inputs = new int[2 * tokens];
    var rows = new int[tokens];
    var targets = new int[tokens];
    var weights = new float[tokens];
    var asked = 0;
    for (var b = 0; b < samples.size(); b++) {
      var sample = samples.get(b).tokens();
      if (sample.length != length) {
        throw new IllegalArgumentException("samples of different lengths in one batch");
      }
      var place = 2 * b * length;
      System.arraycopy(sample, 0, inputs, place, length);
      System.arraycopy(sample, 0, inputs, place + length, length);
      var counts = masks(samples.get(b));
      var masked = masked(samples.get(b), counts);
      for (var i = 0; i < length; i++) {
        if (masked[i]) {
          inputs[place + i] = mask;
          rows[asked] = place + i;
          targets[asked] = sample[i];
          weights[asked++] =
              (float) ((double) length(i / size, length) / counts[i / size] / tokens);
        }
      }
    }
    return new TokenBatch(
        samples.size(),
        2 * length,
        inputs,
        Arrays.copyOf(rows, asked),
        Arrays.copyOf(targets, asked),
        Arrays.copyOf(weights, asked),
        new float[0],
        EmbeddingNoise.NONE,
        size);
  }

  /**
   * How many tokens of each block of a sample are masked. Each number is uniform from 1 to the
   * block's length; those of one sample lie evenly in that range, which makes the loss less noisy.
   */
  int[] masks(Sample sample) {
    var length = sample.tokens().length;
    var counts = new int[(length + size - 1) / size];
    var stream = Masks.stream(sample.id(), sample.passSeed());
    var first = CounterHash.unit(CounterHash.bits(stream, LEVELS));
    for (var block = 0; block < counts.length; block++) {
      var level = (first + block * GOLDEN) % 1;
      counts[block] = 1 + (int) (level * length(block, length));
    }
    return counts;
  }

  private boolean[] masked(Sample sample, int[] counts) {
    var length = sample.tokens().length;
    var masked = new boolean[length];
    var stream = Masks.stream(sample.id(), sample.passSeed());
    for (var block = 0; block < counts.length; block++) {
      var from = block * size;
      Masks.hide(masked, stream, from, from + length(block, length), counts[block]);
    }
    return masked;
  }

  private int length(int block, int tokens) {
    return Math.min(size, tokens - block * size);
  }
}
