package io.redraft.model.train;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.redraft.model.tensor.CudaGraph;
import io.redraft.model.tensor.CudaGraphs;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.Kernels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work on a GPU that comes again and again: that of one kind is launched kernel by kernel the first
 * times, then recorded as a CUDA graph, and replayed from then on. What it reads anew each time
 * lies in arrays that stay where they are, and are shared by kinds whose inputs have the same
 * sizes. Where nothing can be recorded, all work is launched kernel by kernel.
 *
 * @param <K> what decides which kernels are launched, and with which sizes and constants: equal
 *     kinds launch the same
 */
public final class ReplayedSteps<K> implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReplayedSteps.class);

  /** Launches that set up libraries and their memory, before one is recorded. */
  private static final int WARM_UP = 3;

  /** Kinds that are recorded; a run whose rows vary more launches the rest as it is. */
  private static final int MOST = 48;

  /** The work: reads inputs, and else what stays where it is. It waits for nothing. */
  @FunctionalInterface
  public interface Work {
    /** Launches it. */
    void run(List<NDArray> inputs);
  }

  /** Where the i-th input of a size lies. */
  private record Place(int input, Shape shape, DataType type) {}

  private static final class Recorded {
    private final List<NDArray> inputs;
    private int runs;
    private CudaGraph graph;

    Recorded(List<NDArray> inputs) {
      this.inputs = inputs;
    }
  }

  private final Kernels kernels;
  private final Optional<CudaGraphs> graphs;
  private final DeviceScope scope;
  private final Map<Place, NDArray> places = new HashMap<>();
  private final Map<K, Recorded> kinds = new HashMap<>();
  private long replays;
  private boolean exhausted;
  private boolean refused;

  /**
   * Nothing is recorded yet.
   *
   * @param replay whether anything is to be, where the device can
   */
  public ReplayedSteps(Kernels kernels, boolean replay) {
    this.kernels = kernels;
    this.graphs = replay ? kernels.graphs() : Optional.empty();
    this.scope = kernels.scope();
  }

  /** Whether work is recorded on this device. */
  public boolean recording() {
    return graphs.isPresent();
  }

  /** Work that was replayed rather than launched kernel by kernel. */
  public long replays() {
    return replays;
  }

  /**
   * Does work.
   *
   * @param inputs what it reads that is not the same each time, on the device
   */
  public void run(K kind, List<NDArray> inputs, Work work) {
    if (graphs.isEmpty() || !kinds.containsKey(kind) && kinds.size() == MOST) {
      work.run(inputs);
      return;
    }
    var recorded = kinds.computeIfAbsent(kind, k -> new Recorded(allocated(inputs)));
    try (var step = kernels.scope()) {
      for (var i = 0; i < inputs.size(); i++) {
        kernels
            .call("overwrite", step)
            .tensor(recorded.inputs.get(i))
            .tensor(inputs.get(i))
            .runInPlace();
      }
    }
    launch(recorded, work);
  }

  private List<NDArray> allocated(List<NDArray> inputs) {
    List<NDArray> arrays = new ArrayList<>();
    for (var input : inputs) {
      arrays.add(
          places.computeIfAbsent(
              new Place(arrays.size(), input.getShape(), input.getDataType()),
              place -> scope.manager().zeros(place.shape(), place.type())));
    }
    return arrays;
  }

  private void launch(Recorded recorded, Work work) {
    if (recorded.graph == null && (refused || recorded.runs < WARM_UP)) {
      recorded.runs++;
      work.run(recorded.inputs);
      if (anyRecorded()) {
        // A kind that comes too rarely to be recorded would keep memory beside the recordings'.
        kernels.trim();
      }
      return;
    }
    if (recorded.graph == null) {
      // Memory that this work was given so far is kept for more of it; a recording has its own.
      kernels.trim();
      try {
        recorded.graph = graphs.orElseThrow().record(() -> work.run(recorded.inputs));
      } catch (EngineException e) {
        refuse(e);
        work.run(recorded.inputs);
        return;
      }
    }
    replays++;
    recorded.graph.replay();
  }

  /** Goes on without recordings, unless it was memory that was short. */
  private void refuse(EngineException e) {
    if (MicroBatching.outOfMemory(e)) {
      exhausted = true;
      throw e;
    }
    if (graphs.orElseThrow().broken()) {
      throw new TrainingHaltedException(
          "a step cannot be recorded on this device; set run.cuda_graphs to false", e);
    }
    refused = true;
    LOG.warn("steps cannot be recorded on this device, and are launched one by one", e);
  }

  private boolean anyRecorded() {
    return kinds.values().stream().anyMatch(recorded -> recorded.graph != null);
  }

  /** Gives back what was recorded, and its memory; kinds that come are recorded anew. */
  public void forget() {
    for (var recorded : kinds.values()) {
      if (recorded.graph != null) {
        recorded.graph.close();
      }
    }
    places.values().forEach(NDArray::close);
    places.clear();
    kinds.clear();
  }

  /**
   * Where something is recorded, or was about to be when memory ran out: gives it back, and records
   * nothing any more.
   *
   * @return whether there was anything
   */
  public boolean stop() {
    if (!exhausted && !anyRecorded()) {
      return false;
    }
    LOG.warn("memory is short; what was recorded is given back, and launched one by one");
    exhausted = false;
    refused = true;
    forget();
    kernels.trim();
    return true;
  }

  @Override
  public void close() {
    forget();
    scope.close();
  }
}
