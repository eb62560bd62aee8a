package io.redraft.load.verify;

import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.checkpoint.VerifierCheck;
import io.redraft.model.decode.CausalModel;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.decode.VerifierSequence;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.transformer.Networks;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.nio.file.Path;

/** A denoiser and its verifier on one device. Confined to the thread that opened it. */
final class Pair implements AutoCloseable {
  private final ModelFolder written;
  private final ModelFolder verifying;
  private final Kernels kernels;
  private final Denoiser denoiser;
  private final CausalModel verifier;

  /**
   * Opens both.
   *
   * @throws io.redraft.model.InvalidInputException if a folder is no model, or the one cannot
   *     verify the other
   */
  Pair(Path model, Path verifier, Device device, ComputeType type) {
    this.written = ModelFolder.open(model);
    this.verifying = ModelFolder.open(verifier);
    VerifierCheck.check(written, verifying);
    this.kernels = Kernels.open(device);
    this.denoiser = Networks.denoiser(written.config(), written.weights(), kernels, type);
    this.verifier = Networks.causal(verifying.config(), verifying.weights(), kernels, type);
  }

  ModelFolder model() {
    return written;
  }

  ModelFolder verifierFolder() {
    return verifying;
  }

  Kernels kernels() {
    return kernels;
  }

  Denoiser denoiser() {
    return denoiser;
  }

  CausalModel verifier() {
    return verifier;
  }

  VerifierSequence sequence() {
    return new VerifierSequence(verifying.config().beginToken());
  }

  @Override
  public void close() {
    denoiser.close();
    verifier.close();
    kernels.close();
  }
}
