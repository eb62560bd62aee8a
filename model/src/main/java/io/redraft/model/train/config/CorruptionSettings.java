package io.redraft.model.train.config;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.noise.Corruption;
import io.redraft.model.objective.Objective;
import io.redraft.model.objective.Prediction;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What the network reads in the place of a hidden token, and what it predicts there. Settings other
 * than the kind belong to Gaussian noise and keep their defaults without it.
 *
 * @param kind the mask, or noised embeddings
 * @param maskShare share of the hidden tokens that read the mask all the same
 * @param noiseScale what the noise is multiplied with, in sizes of an embedding
 * @param prediction tokens, noise, or both
 */
public record CorruptionSettings(
    Kind kind, double maskShare, double noiseScale, Prediction prediction) {
  /** What is read. */
  public enum Kind {
    /** The mask token. */
    MASK,
    /** The embedding with Gaussian noise. */
    GAUSSIAN
  }

  /** The mask, and tokens are predicted. */
  public static final CorruptionSettings DEFAULTS =
      new CorruptionSettings(Kind.MASK, 0.5, 1, Prediction.TOKENS);

  private static final Set<Objective> NOISED = EnumSet.of(Objective.UNIFORM, Objective.MASKED_MEAN);

  public CorruptionSettings {
    Check.share("objective.mask_share", maskShare);
    Check.positive("objective.noise_scale", noiseScale);
    Check.positive("objective.hybrid_weight", prediction.noiseWeight());
    if (prediction.target() != Prediction.Target.HYBRID && prediction.noiseWeight() != 1) {
      throw InvalidInputException.of(
          "objective.hybrid_weight",
          prediction.noiseWeight(),
          "1.0, where objective.predict is not hybrid");
    }
  }

  static CorruptionSettings read(Section section) {
    return new CorruptionSettings(
        Check.choice(
            "objective.corruption",
            section.text("corruption", Check.key(DEFAULTS.kind)),
            Kind.values()),
        section.number("mask_share", DEFAULTS.maskShare),
        section.number("noise_scale", DEFAULTS.noiseScale),
        new Prediction(
            Check.choice(
                "objective.predict",
                section.text("predict", Check.key(DEFAULTS.prediction.target())),
                Prediction.Target.values()),
            section.number("hybrid_weight", DEFAULTS.prediction.noiseWeight())));
  }

  private Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("objective.corruption", Check.key(kind));
    values.put("objective.mask_share", maskShare);
    values.put("objective.noise_scale", noiseScale);
    values.put("objective.predict", Check.key(prediction.target()));
    values.put("objective.hybrid_weight", prediction.noiseWeight());
    return values;
  }

  void write(Map<String, Object> out) {
    out.putAll(values());
  }

  /** Refuses noise where the objective is none of it, and settings of noise where there is none. */
  void refuseFor(Objective objective) {
    if (kind == Kind.GAUSSIAN && !NOISED.contains(objective)) {
      throw InvalidInputException.of(
          "objective.corruption",
          Check.key(kind),
          "mask, for kind "
              + objective.key()
              + "; noised embeddings go with "
              + Choice.keys(NOISED.toArray(Objective[]::new)));
    }
    if (kind == Kind.MASK) {
      var usual = DEFAULTS.values();
      values()
          .forEach(
              (key, value) -> {
                if (!value.equals(usual.get(key))) {
                  throw InvalidInputException.of(
                      key, value, usual.get(key) + ", for corruption mask does not read it");
                }
              });
    }
  }

  /** The corruption with that mask. */
  public Corruption of(int mask) {
    return kind == Kind.MASK
        ? new Corruption.Masking(mask)
        : new Corruption.Gaussian(mask, maskShare, noiseScale);
  }

  /** What a model card adds to the objective. */
  String description() {
    return switch (kind) {
      case MASK -> "";
      case GAUSSIAN -> " on noised embeddings, predicting " + Check.key(prediction.target());
    };
  }
}
