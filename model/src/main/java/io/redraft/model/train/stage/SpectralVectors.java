package io.redraft.model.train.stage;

import ai.djl.ndarray.NDArray;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.LongArrays;
import io.redraft.model.train.ReplayedSteps;
import java.util.Arrays;
import java.util.List;

/**
 * The estimates of singular vectors of a stage's {@link SpectralNorms} on a device, and what a step
 * does with them. Where no matrix is normalised it does nothing.
 */
final class SpectralVectors implements AutoCloseable {
  private enum Work {
    ITERATE,
    THROUGH
  }

  private final Kernels kernels;
  private final SpectralNorms norms;
  private final LongArrays arrays;
  private final ReplayedSteps<Work> replayed;
  private final NDArray vectors;
  private boolean iterated;

  SpectralVectors(
      Kernels kernels, DeviceScope scope, SpectralNorms norms, float[] first, boolean replay) {
    this.kernels = kernels;
    this.norms = norms;
    this.arrays = new LongArrays(kernels, scope);
    this.replayed = new ReplayedSteps<>(kernels, replay);
    this.vectors = arrays.floats(first, Math.max(1, norms.length()));
  }

  /** All u and v, as kernels read them. */
  NDArray array() {
    return vectors;
  }

  /** Improves the estimates, once a step. */
  void iterate(NDArray weights) {
    if (!iterated && norms.length() > 0) {
      replayed.run(
          Work.ITERATE,
          List.of(),
          none -> {
            try (var step = kernels.scope()) {
              kernels
                  .call("stage_iterate", step)
                  .tensor(weights)
                  .tensor(vectors)
                  .integers(norms.matrices())
                  .runInPlace();
            }
          });
    }
    iterated = true;
  }

  /** Ends a step whose gradient is by normalised matrices: makes it that by those that learn. */
  void end(NDArray weights, NDArray gradient) {
    if (norms.length() > 0) {
      replayed.run(Work.THROUGH, List.of(), none -> through(weights, gradient));
    }
    iterated = false;
  }

  /** From gradients by normalised matrices to those by the matrices that learn, in place. */
  void through(NDArray weights, NDArray gradient) {
    if (norms.length() > 0) {
      try (var step = kernels.scope()) {
        kernels
            .call("stage_normalized_gradient", step)
            .tensor(weights)
            .tensor(gradient)
            .tensor(vectors)
            .integers(norms.matrices())
            .runInPlace();
      }
    }
  }

  /** Their values. */
  float[] read() {
    return Arrays.copyOf(arrays.read(vectors), norms.length());
  }

  /** Gives back what was recorded of the work. */
  void forget() {
    replayed.forget();
  }

  /** The same, and records nothing any more; whether there was anything. */
  boolean stop() {
    return replayed.stop();
  }

  @Override
  public void close() {
    replayed.close();
  }
}
