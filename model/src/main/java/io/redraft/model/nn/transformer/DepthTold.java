package io.redraft.model.nn.transformer;

import ai.djl.ndarray.NDArray;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.DepthPass;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.tensor.DeviceScope;
import java.util.List;

/**
 * What the depth steps of a pass are told of their canvases: the share of masks as each of them has
 * met it, or the nearest mask ratio that it was told in training. A carried pass goes through
 * several steps, and a token that enters the stream at a later one is a mask to those before it.
 */
final class DepthTold {
  private DepthTold() {}

  /**
   * The ratios of a batch of one kind of passes, float32 (B, n): n is 1, or where carried the depth
   * steps that the pass goes through. Without a number for a network that is told nothing.
   */
  static NDArray of(List<DenoiseTask> batch, NetworkConfig config, DeviceScope scope) {
    if (config.time().none()) {
      return scope.floats(new float[0], 0);
    }
    var first = batch.get(0).depth().orElseThrow();
    int steps = first.range().carried() ? first.step() + 1 : 1;
    float[] told = new float[batch.size() * steps];
    for (int b = 0; b < batch.size(); b++) {
      var pass = batch.get(b).depth().orElseThrow();
      for (int i = 0; i < steps; i++) {
        int step = pass.range().carried() ? i : pass.step();
        double share = share(batch.get(b).canvas(), pass, step, config.maskToken());
        told[b * steps + i] = (float) config.depth().told(step, share);
      }
    }
    return scope.floats(told, batch.size(), steps);
  }

  private static double share(int[] canvas, DepthPass pass, int step, int mask) {
    int masks = 0;
    for (int p = 0; p < canvas.length; p++) {
      boolean later = pass.range().carried() && pass.entries()[p] > step;
      masks += canvas[p] == mask || later ? 1 : 0;
    }
    return (double) masks / canvas.length;
  }
}
