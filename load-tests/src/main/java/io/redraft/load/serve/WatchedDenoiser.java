package io.redraft.load.serve;

import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.nn.NetworkConfig;
import java.util.ArrayList;
import java.util.List;

/** A denoiser that remembers every forward pass. Confined to the device's thread like any other. */
final class WatchedDenoiser implements Denoiser {
  /**
   * A forward pass.
   *
   * @param tasks what was asked
   * @param start moment of {@link System#nanoTime} at which the network was asked
   * @param end moment at which it had answered
   */
  record Forward(List<DenoiseTask> tasks, long start, long end) {
    /** How long the network took. */
    double seconds() {
      return (end - start) / 1e9;
    }
  }

  private final Denoiser network;
  private List<Forward> forwards = new ArrayList<>();

  WatchedDenoiser(Denoiser network) {
    this.network = network;
  }

  @Override
  public NetworkConfig config() {
    return network.config();
  }

  @Override
  public List<Candidates> denoise(List<DenoiseTask> batch) {
    long start = System.nanoTime();
    var candidates = network.denoise(batch);
    forwards.add(new Forward(batch, start, System.nanoTime()));
    return candidates;
  }

  @Override
  public void release(long sequence) {
    network.release(sequence);
  }

  /** The network alone: what it computes is not remembered. */
  Denoiser bare() {
    return network;
  }

  /** The forward passes since this was last asked. */
  List<Forward> take() {
    var taken = forwards;
    forwards = new ArrayList<>();
    return taken;
  }

  @Override
  public void close() {
    network.close();
  }
}
