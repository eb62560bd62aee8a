package io.redraft.model.train;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.CudaGraph;
import io.redraft.model.tensor.CudaGraphs;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.Kernels;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Micro-batches on a GPU: those of one shape are launched kernel by kernel the first times, then
 * recorded as a CUDA graph, and replayed from then on. What they read lies in arrays of their
 * shape's own that stay where they are. Where nothing can be recorded, every micro-batch is
 * launched kernel by kernel.
 */
final class ReplayedSteps implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReplayedSteps.class);

  /** Launches that set up libraries and their memory, before one is recorded. */
  private static final int WARM_UP = 3;

  /** Shapes that are recorded; a run whose rows vary more launches the rest as it is. */
  private static final int MOST = 48;

  /** Numbers of sequences, tokens of each, and rows. */
  private record Shape(int batch, int length, int rows) {}

  /** The work: reads the packed token ids, rows and targets, and the weights. */
  @FunctionalInterface
  interface Work {
    void run(NDArray packed, NDArray weights);
  }

  private static final class Recorded {
    private NDArray packed;
    private NDArray weights;
    private int runs;
    private CudaGraph graph;
  }

  private final Kernels kernels;
  private final CudaGraphs graphs;
  private final DeviceScope scope;
  private final Map<Shape, Recorded> shapes = new HashMap<>();
  private boolean refused;

  ReplayedSteps(Kernels kernels, CudaGraphs graphs) {
    this.kernels = kernels;
    this.graphs = graphs;
    this.scope = kernels.scope();
  }

  /** Does the work on a batch whose rows are padded. */
  void run(TokenBatch batch, int[] packed, Work work) {
    var shape = new Shape(batch.batch(), batch.length(), batch.size());
    try (var step = kernels.scope()) {
      var ids = step.ints(packed, packed.length);
      var weights = step.floats(batch.weights(), batch.size());
      if (!shapes.containsKey(shape) && shapes.size() == MOST) {
        work.run(ids, weights);
        return;
      }
      var recorded = shapes.computeIfAbsent(shape, s -> allocated(packed.length, batch.size()));
      overwrite(recorded.packed, ids, step);
      overwrite(recorded.weights, weights, step);
      launch(recorded, work);
    }
  }

  private void launch(Recorded recorded, Work work) {
    if (recorded.graph == null && (refused || recorded.runs < WARM_UP)) {
      recorded.runs++;
      work.run(recorded.packed, recorded.weights);
      return;
    }
    if (recorded.graph == null) {
      try {
        recorded.graph = graphs.record(() -> work.run(recorded.packed, recorded.weights));
      } catch (EngineException e) {
        refuse(e);
        work.run(recorded.packed, recorded.weights);
        return;
      }
    }
    recorded.graph.replay();
  }

  /** Goes on without recordings, unless it was memory that was short. */
  private void refuse(EngineException e) {
    if (e.getMessage() != null && e.getMessage().contains("out of memory")) {
      throw e;
    }
    refused = true;
    LOG.warn("steps cannot be recorded on this device, and are launched one by one", e);
  }

  private Recorded allocated(int packed, int rows) {
    var recorded = new Recorded();
    recorded.packed = scope.ints(new int[packed], packed);
    recorded.weights = scope.zeros(rows);
    return recorded;
  }

  private void overwrite(NDArray target, NDArray source, DeviceScope step) {
    kernels.call("overwrite", step).tensor(target).tensor(source).runInPlace();
  }

  /** Gives back what was recorded, and its memory; shapes that come are recorded anew. */
  void forget() {
    for (var recorded : shapes.values()) {
      if (recorded.graph != null) {
        recorded.graph.close();
      }
      recorded.packed.close();
      recorded.weights.close();
    }
    shapes.clear();
  }

  @Override
  public void close() {
    forget();
    scope.close();
  }
}
