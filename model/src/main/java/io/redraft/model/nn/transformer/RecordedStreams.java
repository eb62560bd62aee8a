package io.redraft.model.nn.transformer;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import io.redraft.model.tensor.CudaGraph;
import io.redraft.model.tensor.CudaGraphs;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.TensorList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The blocks of a network over whole canvases on a GPU: those of one number and length are launched
 * kernel by kernel the first times, then recorded as a CUDA graph and replayed from then on. A pass
 * is hundreds of launches, which take the host longer than a small pass takes the device
 * (docs/decisions/cuda-graphs.md). What follows the blocks depends on the rows that are asked about
 * and is launched as it is, while the device is still busy with the blocks.
 *
 * <p>What a recording computes in between lies in memory that all recordings share; each keeps its
 * result (B, T, D) for itself.
 */
final class RecordedStreams implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RecordedStreams.class);

  /** Launches that set up libraries and their memory, before one is recorded. */
  private static final int WARM_UP = 3;

  /** Shapes that are recorded; others are launched kernel by kernel. */
  private static final int MOST = 32;

  /** Canvases B, their length T, and who sees whom. */
  private record Shape(int canvases, int length, int span) {}

  private static final class Recorded {
    private NDArray ids;
    private int runs;
    private CudaGraph graph;
    private TensorList stream;
  }

  private final PreparedNetwork network;
  private final CudaGraphs graphs;
  private final DeviceScope scope;
  private final Map<Shape, Recorded> shapes = new HashMap<>();

  RecordedStreams(PreparedNetwork network, CudaGraphs graphs) {
    this.network = network;
    this.graphs = graphs;
    this.scope = network.kernels().scope();
  }

  /**
   * What the kernel {@code whole_stream} gives for canvases of equal length, until the next call;
   * nothing, and nothing launched, where their shape is not recorded.
   *
   * @param span size of the blocks that are attended to block-causally, or 0
   */
  Optional<TensorList> run(List<int[]> canvases, int span) {
    var shape = new Shape(canvases.size(), canvases.get(0).length, span);
    if (!shapes.containsKey(shape) && shapes.size() == MOST) {
      return Optional.empty();
    }
    var recorded = shapes.computeIfAbsent(shape, s -> new Recorded());
    if (recorded.graph == null && (graphs.broken() || recorded.runs++ < WARM_UP)) {
      return Optional.empty();
    }
    if (recorded.ids == null) {
      recorded.ids = PreparedNetwork.canvases(scope, canvases);
    } else {
      overwrite(recorded.ids, canvases);
    }
    if (recorded.graph == null && !record(recorded, span)) {
      return Optional.empty();
    }
    recorded.graph.replay();
    return Optional.of(recorded.stream);
  }

  private void overwrite(NDArray ids, List<int[]> canvases) {
    try (DeviceScope pass = network.kernels().scope()) {
      network
          .kernels()
          .call("overwrite", pass)
          .tensor(ids)
          .tensor(PreparedNetwork.canvases(pass, canvases))
          .runInPlace();
    }
  }

  /** Whether it could be done. */
  private boolean record(Recorded recorded, int span) {
    // Memory that passes of this shape were given so far; recordings have memory of their own.
    network.kernels().trim();
    try (DeviceScope pass = network.kernels().scope()) {
      recorded.graph =
          graphs.record(
              () ->
                  recorded.stream =
                      network
                          .withSettings(
                              network.call("whole_stream", pass).tensor(recorded.ids), span)
                          .runList());
      return true;
    } catch (EngineException e) {
      if (graphs.broken()) {
        throw e;
      }
      // Memory that is short now may not be later, but every attempt costs a pass.
      recorded.runs = Integer.MIN_VALUE;
      LOG.warn("Passes over {} canvases cannot be recorded", recorded.ids.getShape(), e);
      return false;
    }
  }

  /** Gives back what was recorded, and its memory; shapes that come are recorded anew. */
  void forget() {
    for (var recorded : shapes.values()) {
      if (recorded.graph != null) {
        recorded.stream.close();
        recorded.graph.close();
      }
      if (recorded.ids != null) {
        recorded.ids.close();
      }
    }
    shapes.clear();
  }

  @Override
  public void close() {
    forget();
    scope.close();
  }
}
