package io.redraft.actors.serving;

import io.redraft.model.decode.CausalModel;
import io.redraft.model.decode.Denoiser;

/**
 * A model in a device's memory. Made, used and closed on the device's thread only; it never leaves
 * the {@link ModelShard} that loaded it.
 */
public sealed interface LoadedModel extends AutoCloseable {
  /** What it is called and how it is shaped. */
  ModelInfo info();

  @Override
  void close();

  /**
   * A denoiser: a step is a pass over whole canvases, or over one block of each whose other keys
   * and values stay cached.
   */
  record Diffusion(ModelInfo info, Denoiser denoiser) implements LoadedModel {
    @Override
    public void close() {
      denoiser.close();
    }
  }

  /** A causal network: every step appends to sequences whose keys and values stay cached. */
  record Causal(ModelInfo info, CausalModel model) implements LoadedModel {
    @Override
    public void close() {
      model.close();
    }
  }
}
