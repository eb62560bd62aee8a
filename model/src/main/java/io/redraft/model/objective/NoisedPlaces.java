package io.redraft.model.objective;

import io.redraft.model.noise.Corruption;
import io.redraft.model.noise.Masks;
import java.util.Arrays;

/** Gathers which places of a batch are noised; none, where the corruption adds no noise. */
final class NoisedPlaces {
  private final Corruption.Gaussian corruption;
  private final EmbeddingNoise noise;

  NoisedPlaces(Corruption corruption, int places) {
    if (corruption instanceof Corruption.Gaussian gaussian) {
      this.corruption = gaussian;
      var signal = new float[places];
      Arrays.fill(signal, 1);
      this.noise = new EmbeddingNoise(signal, new float[places], new float[0], true);
    } else {
      this.corruption = null;
      this.noise = EmbeddingNoise.NONE;
    }
  }

  /** Noises a hidden token of a sample, if the corruption says so. */
  void add(Sample sample, int position, int place, double maskRatio) {
    if (corruption != null
        && corruption.noised(Masks.stream(sample.id(), sample.passSeed()), position)) {
      noise.signal()[place] = corruption.signal(maskRatio);
      noise.amount()[place] = corruption.amount(maskRatio);
    }
  }

  EmbeddingNoise all() {
    return noise;
  }
}
