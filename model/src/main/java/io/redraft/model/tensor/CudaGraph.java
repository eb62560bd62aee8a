package io.redraft.model.tensor;

import com.sun.jna.Pointer;

/**
 * A recorded sequence of kernel launches (a CUDA graph), which {@link #replay} launches at once:
 * what a call costs on the host is paid when it is recorded, not when it runs. Launches read and
 * write the memory that they were recorded with, so arguments are changed in place between replays.
 * Confined to the thread that recorded it.
 */
public final class CudaGraph implements AutoCloseable {
  private final CudaGraphs library;
  private final Pointer graph;

  CudaGraph(CudaGraphs library, Pointer graph) {
    this.library = library;
    this.graph = graph;
  }

  /**
   * Launches the sequence; does not wait for it.
   *
   * @throws ai.djl.engine.EngineException if something launched before has failed on the device
   */
  public void replay() {
    library.check();
    library.replay(graph);
  }

  @Override
  public void close() {
    library.release(graph);
  }
}
