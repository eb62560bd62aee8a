package io.redraft.model.decode;

import io.redraft.model.nn.NetworkConfig;
import java.util.List;

/**
 * A masked-diffusion network behind a port: canvases in, candidates out, logits never seen. The
 * result for a task is the same whatever else is in its batch. Confined to one thread, the one that
 * owns the device.
 */
public interface Denoiser extends AutoCloseable {
  /** Shape of the network. */
  NetworkConfig config();

  /**
   * One forward pass.
   *
   * @param batch tasks of one {@link DenoiseTask#shape}, with canvases of at most the network's
   *     context; a sequence is in it once
   * @return one entry a task, in order; its positions are the task's rows
   */
  List<Candidates> denoise(List<DenoiseTask> batch);

  /**
   * Frees the keys and values that are kept for a sequence; unknown ones are ignored. A denoiser
   * that keeps none has nothing to do.
   */
  default void release(long sequence) {}

  @Override
  void close();
}
