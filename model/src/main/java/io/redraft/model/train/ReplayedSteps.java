package io.redraft.model.train;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import io.redraft.model.tensor.CudaGraph;
import io.redraft.model.tensor.CudaGraphs;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.Kernels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
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

  /** The work: reads what {@link StepInputs} packs. */
  @FunctionalInterface
  interface Work {
    void run(NDArray ints, List<NDArray> floats);
  }

  private static final class Recorded {
    private NDArray ints;
    private final List<NDArray> floats = new ArrayList<>();
    private int runs;
    private CudaGraph graph;
  }

  private final Kernels kernels;
  private final CudaGraphs graphs;
  private final DeviceScope scope;
  private final Map<StepInputs.Shape, Recorded> shapes = new HashMap<>();
  private boolean refused;

  ReplayedSteps(Kernels kernels, CudaGraphs graphs) {
    this.kernels = kernels;
    this.graphs = graphs;
    this.scope = kernels.scope();
  }

  /** Does the work on a batch whose rows are padded. */
  void run(StepInputs inputs, Work work) {
    try (var step = kernels.scope()) {
      var ints = inputs.ints(step);
      var floats = inputs.floats(step);
      if (!shapes.containsKey(inputs.shape()) && shapes.size() == MOST) {
        work.run(ints, floats);
        return;
      }
      var recorded = shapes.computeIfAbsent(inputs.shape(), s -> allocated(ints, floats));
      overwrite(recorded.ints, ints, step);
      for (var i = 0; i < floats.size(); i++) {
        overwrite(recorded.floats.get(i), floats.get(i), step);
      }
      launch(recorded, work);
    }
  }

  private void launch(Recorded recorded, Work work) {
    if (recorded.graph == null && (refused || recorded.runs < WARM_UP)) {
      recorded.runs++;
      work.run(recorded.ints, recorded.floats);
      return;
    }
    if (recorded.graph == null) {
      try {
        recorded.graph = graphs.record(() -> work.run(recorded.ints, recorded.floats));
      } catch (EngineException e) {
        refuse(e);
        work.run(recorded.ints, recorded.floats);
        return;
      }
    }
    recorded.graph.replay();
  }

  /** Goes on without recordings, unless it was memory that was short. */
  private void refuse(EngineException e) {
    if (MicroBatching.outOfMemory(e)) {
      throw e;
    }
    if (graphs.broken()) {
      throw new TrainingHaltedException(
          "a step cannot be recorded on this device; set run.cuda_graphs to false", e);
    }
    refused = true;
    LOG.warn("steps cannot be recorded on this device, and are launched one by one", e);
  }

  private Recorded allocated(NDArray ints, List<NDArray> floats) {
    var recorded = new Recorded();
    var length = (int) ints.size();
    recorded.ints = scope.ints(new int[length], length);
    floats.forEach(array -> recorded.floats.add(scope.zeros(array.size())));
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
      recorded.ints.close();
      recorded.floats.forEach(NDArray::close);
    }
    shapes.clear();
  }

  @Override
  public void close() {
    forget();
    scope.close();
  }
}
