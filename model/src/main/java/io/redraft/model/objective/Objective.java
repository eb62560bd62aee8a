package io.redraft.model.objective;

import io.redraft.model.Choice;
import io.redraft.model.noise.Corruption;
import io.redraft.model.noise.Masks;
import io.redraft.model.noise.NoiseLevel;
import io.redraft.model.noise.NoiseLevels;
import io.redraft.model.noise.NoiseSchedule;
import java.util.Arrays;
import java.util.List;

/**
 * The quantities that can be minimised; each is a way to make a batch of samples into questions.
 * Which noise levels the samples have, and what stands in the place of a hidden token, comes from
 * outside as {@link NoiseLevels} and {@link Corruption}; each constant says which ones make it what
 * it is called.
 */
public enum Objective {
  /**
   * The continuous-time negative evidence lower bound of masked diffusion in nats per token: E_t
   * Σ_masked w(t) · CE / N, where N counts <em>all</em> tokens that are not given, masked or not
   * (Sahoo et al. 2024, eq. 10). Visible tokens are copied and cost nothing, the mask itself is
   * never predicted (SUBS). Levels are {@link NoiseLevels.Continuous}.
   */
  NELBO(Weighting.BOUND),
  /**
   * The bound of T discrete steps in nats per token: Σ_i Σ_masked (α(s) − α(t)) / (1 − α(t)) · CE /
   * N (Sahoo et al. 2024, eq. 8). Levels are {@link NoiseLevels.Discrete}.
   */
  NELBO_DISCRETE(Weighting.BOUND),
  /**
   * Cross-entropy averaged over the masked positions of the batch, the mask ratio uniform in a
   * range. It is no bound on the likelihood. Levels are {@link NoiseLevels.Uniform}.
   */
  UNIFORM(Weighting.MEAN),
  /**
   * Cross-entropy averaged over the masked positions of the batch, the mask ratio that of a
   * schedule. It is not a bound on the likelihood and must not be reported as one. Levels are
   * {@link NoiseLevels.Continuous}, whose weights are not read.
   */
  MASKED_MEAN(Weighting.MEAN),
  /**
   * BERT's masked language modelling: cross-entropy averaged over chosen positions. It is no bound
   * on the likelihood. Every sample has the same ratio of chosen positions, and the corruption is
   * {@link Corruption.BertMixture}.
   */
  MLM(Weighting.MEAN),
  /**
   * Cross-entropy of every next token, averaged: the exact loss of a causal network. Levels and
   * corruption are not read.
   */
  CAUSAL(Weighting.MEAN) {
    @Override
    public TokenBatch ask(List<Sample> samples, List<NoiseLevel> levels, Corruption corruption) {
      return nextTokens(samples);
    }
  };

  private enum Weighting {
    /**
     * Each sample counts alike, per token that is not given (as Nie et al. 2025, LLaDA, fine-tune).
     * Where the number of masks is drawn instead of a time, the weight that the integral over time
     * has given it is 1 / masks (as Nie et al. 2025, LLaDA, evaluate).
     */
    BOUND {
      @Override
      double of(NoiseLevel level, Sample sample, int samples, int masked) {
        if (!sample.block().none()) {
          return 1.0 / ((double) samples * sample.block().masks());
        }
        return level.weight() / ((double) samples * sample.predicted());
      }
    },
    /** Each masked position counts alike. */
    MEAN {
      @Override
      double of(NoiseLevel level, Sample sample, int samples, int masked) {
        return 1.0 / masked;
      }
    };

    /** Weight of a masked token of a sample, one of {@code samples} with {@code masked} in all. */
    abstract double of(NoiseLevel level, Sample sample, int samples, int masked);
  }

  private final Weighting weighting;

  Objective(Weighting weighting) {
    this.weighting = weighting;
  }

  /**
   * Makes a batch of questions. The result depends on nothing but its arguments.
   *
   * @param samples sequences of equal length
   * @param levels one level a sample
   * @param corruption what the network reads in the place of a hidden token
   */
  public TokenBatch ask(List<Sample> samples, List<NoiseLevel> levels, Corruption corruption) {
    var length = length(samples);
    var inputs = new int[samples.size() * length];
    var rows = new int[inputs.length];
    var targets = new int[inputs.length];
    var ratios = new float[samples.size()];
    var noise = new NoisedPlaces(corruption, inputs.length);
    var masked = 0;
    for (var b = 0; b < samples.size(); b++) {
      var sample = samples.get(b);
      ratios[b] = (float) sample.expectedMasks(levels.get(b).maskRatio());
      var read = read(sample, levels.get(b).maskRatio(), corruption);
      System.arraycopy(read.tokens(), 0, inputs, b * length, length);
      for (var i = 0; i < length; i++) {
        if (read.asked()[i]) {
          rows[masked] = b * length + i;
          targets[masked++] = sample.tokens()[i];
          noise.add(sample, i, b * length + i, levels.get(b).maskRatio());
        }
      }
    }
    var weights = new float[masked];
    for (var n = 0; n < masked; n++) {
      var b = rows[n] / length;
      weights[n] = (float) weighting.of(levels.get(b), samples.get(b), samples.size(), masked);
    }
    return new TokenBatch(
        samples.size(),
        length,
        inputs,
        Arrays.copyOf(rows, masked),
        Arrays.copyOf(targets, masked),
        weights,
        ratios,
        noise.all());
  }

  /**
   * Makes a batch of questions in continuous time, hidden tokens masked.
   *
   * @param samples sequences of equal length
   * @param times one time a sample, in (0, 1]; not read where nothing is masked
   * @param schedule how much is masked at a time
   * @param mask id of the mask token; not read where nothing is masked
   */
  public TokenBatch ask(List<Sample> samples, double[] times, NoiseSchedule schedule, int mask) {
    var levels = Arrays.stream(times).mapToObj(t -> NoiseLevel.of(schedule, t)).toList();
    return ask(samples, levels, new Corruption.Masking(mask));
  }

  /** The name that configurations use, as {@code masked-mean}. */
  public String key() {
    return Choice.key(this);
  }

  /** What the network reads of a sample, and which positions it is asked about. */
  private record Reading(int[] tokens, boolean[] asked) {}

  private static Reading read(Sample sample, double ratio, Corruption corruption) {
    if (!sample.block().none()) {
      return readBlock(sample, corruption.mask());
    }
    var tokens = sample.tokens().clone();
    var given = sample.condition().length();
    var asked = Masks.of(sample.id(), ratio, sample.passSeed(), tokens.length);
    Arrays.fill(asked, 0, given, false);
    if (sample.condition().hidden()) {
      Arrays.fill(tokens, 0, given, corruption.mask());
    }
    var stream = Masks.stream(sample.id(), sample.passSeed());
    for (var i = given; i < tokens.length; i++) {
      if (asked[i]) {
        tokens[i] = corruption.replacement(stream, i, tokens[i]);
      }
    }
    return new Reading(tokens, asked);
  }

  private static Reading readBlock(Sample sample, int mask) {
    var tokens = sample.tokens().clone();
    var block = sample.block();
    var stream = Masks.stream(sample.id(), sample.passSeed());
    var asked = Masks.exactly(stream, block.from(), block.end(), block.masks(), tokens.length);
    for (var i = block.from(); i < tokens.length; i++) {
      if (asked[i] || i >= block.end()) {
        tokens[i] = mask;
      }
    }
    return new Reading(tokens, asked);
  }

  private static TokenBatch nextTokens(List<Sample> samples) {
    var length = length(samples);
    var asked = samples.size() * (length - 1);
    var inputs = new int[samples.size() * length];
    var rows = new int[asked];
    var targets = new int[asked];
    var weights = new float[asked];
    Arrays.fill(weights, (float) (1.0 / asked));
    var n = 0;
    for (var b = 0; b < samples.size(); b++) {
      var tokens = samples.get(b).tokens();
      System.arraycopy(tokens, 0, inputs, b * length, length);
      for (var i = 0; i + 1 < length; i++) {
        rows[n] = b * length + i;
        targets[n++] = tokens[i + 1];
      }
    }
    return new TokenBatch(samples.size(), length, inputs, rows, targets, weights);
  }

  private static int length(List<Sample> samples) {
    var length = samples.get(0).tokens().length;
    for (var sample : samples) {
      if (sample.tokens().length != length) {
        throw new IllegalArgumentException("samples of different lengths in one batch");
      }
    }
    return length;
  }
}
