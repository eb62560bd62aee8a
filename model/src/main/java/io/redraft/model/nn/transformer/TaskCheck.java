package io.redraft.model.nn.transformer;

import io.redraft.model.decode.CacheUse;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.DepthPass;
import io.redraft.model.decode.PassShape;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import java.util.Arrays;

/**
 * What must hold of a task before native code sees it: it reads tokens, rows and positions as
 * indices, and one out of range would end the process on a GPU.
 */
final class TaskCheck {
  private TaskCheck() {}

  /**
   * Checks a task of a batch.
   *
   * @throws IllegalArgumentException if it does not fit into the batch or the network
   */
  static void check(DenoiseTask task, PassShape shape, NetworkConfig config) {
    int length = task.canvas().length;
    if (!task.shape().joins(shape) || length > config.contextLength()) {
      throw new IllegalArgumentException(
          "a task of %s with a canvas of %d tokens in a batch of %s; the context is %d"
              .formatted(task.shape(), length, shape, config.contextLength()));
    }
    checkTokens(task.canvas(), config);
    task.unconditional().ifPresent(other -> checkUnconditional(other.canvas(), length, config));
    for (int row : task.rows()) {
      if (row < 0 || row >= length) {
        throw new IllegalArgumentException("row " + row + " of a canvas of " + length);
      }
    }
    if (task.barredToken() >= config.vocabularySize()) {
      throw new IllegalArgumentException("token " + task.barredToken() + " is barred");
    }
    task.depth().ifPresent(depth -> checkDepth(depth, config));
    if (!(task.cache() instanceof CacheUse.None)) {
      checkCache(task, config);
    }
  }

  private static void checkDepth(DepthPass depth, NetworkConfig config) {
    boolean told = !config.time().none();
    int steps = config.depthRatios().size();
    if (told
        && (depth.step() < 0 || depth.step() >= steps || depth.each() * steps != config.layers())) {
      throw new IllegalArgumentException("depth step %d of %d".formatted(depth.step(), steps));
    }
    if (depth.range().to() > config.layers() || config.attention() != AttentionMode.BIDIRECTIONAL) {
      throw new IllegalArgumentException(
          "%s of a network of %d blocks".formatted(depth.range(), config.layers()));
    }
  }

  private static void checkUnconditional(int[] canvas, int length, NetworkConfig config) {
    if (canvas.length != length) {
      throw new IllegalArgumentException(
          "%d tokens beside a canvas of %d".formatted(canvas.length, length));
    }
    checkTokens(canvas, config);
  }

  private static void checkTokens(int[] canvas, NetworkConfig config) {
    for (int token : canvas) {
      if (token < 0 || token >= config.vocabularySize()) {
        throw new IllegalArgumentException("token " + token + " is not in the vocabulary");
      }
    }
  }

  private static void checkCache(DenoiseTask task, NetworkConfig config) {
    if (config.attention() == AttentionMode.CAUSAL) {
      throw new IllegalArgumentException("a block's cache, of a network with causal attention");
    }
    if (task.cache() instanceof CacheUse.Append append) {
      for (int row : task.rows()) {
        if (row < append.from() || row >= append.to()) {
          throw new IllegalArgumentException("row " + row + " is not among the positions");
        }
      }
    }
    if (task.rows().length == 0) {
      throw new IllegalArgumentException("a pass with a cache and without rows");
    }
    if (task.cache() instanceof CacheUse.Reuse reuse) {
      checkPositions(task, reuse.positions());
    }
    if (task.cache() instanceof CacheUse.Amend amend) {
      checkPositions(task, amend.positions());
    }
  }

  private static void checkPositions(DenoiseTask task, int[] positions) {
    int before = -1;
    for (int position : positions) {
      if (position <= before || position >= task.canvas().length) {
        throw new IllegalArgumentException("position " + position + " is out of order or range");
      }
      before = position;
    }
    for (int row : task.rows()) {
      if (Arrays.binarySearch(positions, row) < 0) {
        throw new IllegalArgumentException("row " + row + " is not among the positions");
      }
    }
  }
}
