package io.redraft.cluster;

import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.decode.FakeDenoiser;
import io.redraft.model.nn.NetworkConfig;
import java.util.List;

/** A denoiser that says when it is closed. */
record ClosingDenoiser(FakeDenoiser denoiser, Runnable closed) implements Denoiser {
  ClosingDenoiser(Runnable closed) {
    this(new FakeDenoiser(), closed);
  }

  @Override
  public NetworkConfig config() {
    return denoiser.config();
  }

  @Override
  public List<Candidates> denoise(List<DenoiseTask> batch) {
    return denoiser.denoise(batch);
  }

  @Override
  public void close() {
    denoiser.close();
    closed.run();
  }
}
