package io.redraft.model.train.stage;

import ai.djl.ndarray.NDManager;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.Numerics;
import io.redraft.model.train.RotaryTable;
import io.redraft.model.train.StepInputs;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Function;

/**
 * The first blocks of a network on a device, none of which learns: what computes the streams that a
 * cache holds. Confined to the thread that owns the kernels.
 */
public final class FrozenTrunk implements AutoCloseable {
  private final Kernels kernels;
  private final NetworkConfig network;
  private final Numerics numerics;
  private final DeviceScope scope;
  private final FrozenWeights frozen;
  private final long[] plan;
  private final RotaryTable rotary;
  private final NDManager host;

  /**
   * Brings the embedding and the first blocks to the kernels' device.
   *
   * @param blocks how many
   * @param numerics of the stage that reads the streams; nothing is dropped
   * @param source a network's weights by their standard names
   */
  public FrozenTrunk(
      Kernels kernels,
      NetworkConfig network,
      int blocks,
      Numerics numerics,
      Function<String, float[]> source) {
    this.kernels = kernels;
    this.network = network;
    this.numerics = numerics;
    this.scope = kernels.scope();
    var layout = StageLayout.trunk(network, blocks);
    this.frozen = new FrozenWeights(kernels, scope, layout, type(), source);
    this.plan = new StagePlan(layout, frozen, new SpectralNorms(layout)).numbers(null, false);
    this.rotary = new RotaryTable(network, scope);
    this.host = scope.manager().newSubManager(ai.djl.Device.cpu());
  }

  /** Format of the streams. */
  public ComputeType type() {
    return numerics.type();
  }

  /** The stream behind the last block, of a batch's inputs. */
  public CachedStream stream(TokenBatch batch) {
    var inputs = StepInputs.of(batch.padRows(1), network);
    try (var step = kernels.scope();
        var settings = host.newSubManager()) {
      var empty = step.zeros(1);
      var call =
          kernels
              .call("stage_stream", step)
              .tensor(empty)
              .tensor(inputs.ints(step))
              .integer(inputs.shape().rows())
              .tensors(inputs.floats(step));
      var bytes =
          frozen
              .pass(call)
              .tensors(List.of(step.bytes(ByteBuffer.allocate(4)), empty, empty))
              .tensor(rotary.of(batch))
              .integers(inputs.shape().kind().net(network, numerics, false))
              .integers(plan)
              .tensor(settings.create(new double[] {network.normEpsilon(), 0, 0, 1, 1, 0}))
              .runOne();
      return new CachedStream(type(), bytes.toByteBuffer());
    }
  }

  @Override
  public void close() {
    scope.close();
  }
}
