package io.redraft.load.serve;

import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.nn.NetworkConfig;
import java.util.List;

/** Breaks the promise of denoisers: in a batch it draws with another seed. */
record CarelessDenoiser(Denoiser network) implements Denoiser {
  @Override
  public NetworkConfig config() {
    return network.config();
  }

  @Override
  public List<Candidates> denoise(List<DenoiseTask> batch) {
    int others = batch.size() - 1;
    return network.denoise(
        batch.stream()
            .map(
                t ->
                    new DenoiseTask(
                        t.canvas(),
                        t.rows(),
                        t.sampling(),
                        t.seed() + others,
                        t.step(),
                        t.barredToken(),
                        t.barredBefore(),
                        t.cache(),
                        t.unconditional(),
                        t.attentionBlock()))
            .toList());
  }

  @Override
  public void release(long sequence) {
    network.release(sequence);
  }

  @Override
  public void close() {
    network.close();
  }
}
