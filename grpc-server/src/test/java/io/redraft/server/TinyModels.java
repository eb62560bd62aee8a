package io.redraft.server;

import io.redraft.model.checkpoint.ModelContent;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.checkpoint.WeightLayout;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.DepthExecution;
import io.redraft.model.nn.DepthTime;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.TimeConditioning;
import io.redraft.model.text.ByteTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Model folders with random weights: real files, real networks, nothing learnt. */
public final class TinyModels {
  /** Longest canvas of these models. */
  public static final int CONTEXT = 64;

  private static final int END = 256;
  private static final int MASK = 257;

  private TinyModels() {}

  /** Writes a denoiser over bytes. */
  public static Path denoiser(Path folder) throws IOException {
    return write(folder, network(AttentionMode.BIDIRECTIONAL, MASK));
  }

  /** Writes the same denoiser with weights beside it that tell it its share of masks. */
  public static Path told(Path folder, TimeConditioning time) throws IOException {
    return write(folder, network(AttentionMode.BIDIRECTIONAL, MASK).withTime(time));
  }

  /** Writes the same denoiser as one that may be asked for block-causal attention, too. */
  public static Path attendingBothWays(Path folder, List<Integer> blocks) throws IOException {
    return write(folder, network(AttentionMode.BIDIRECTIONAL, MASK).withAttentionBlocks(blocks));
  }

  /** Writes the same denoiser as one that attends block-causally only, in blocks of 8. */
  public static Path blockCausal(Path folder) throws IOException {
    var shape = network(AttentionMode.BIDIRECTIONAL, MASK);
    return write(folder, shape.withAttention(AttentionMode.BLOCK_CAUSAL, List.of(8)));
  }

  /** Writes a denoiser of six blocks that stand for three mask ratios. */
  public static Path deep(Path folder, DepthExecution execution) throws IOException {
    var shape =
        new NetworkConfig(
            258,
            32,
            6,
            4,
            2,
            8,
            64,
            CONTEXT,
            1e-5,
            10_000,
            true,
            AttentionMode.BIDIRECTIONAL,
            MASK,
            -1,
            END);
    return write(folder, shape.withDepth(new DepthTime(List.of(1., 0.6, 0.25), execution)));
  }

  /** Writes a causal network over bytes. */
  public static Path causal(Path folder) throws IOException {
    return write(folder, network(AttentionMode.CAUSAL, -1));
  }

  private static NetworkConfig network(AttentionMode attention, int mask) {
    return new NetworkConfig(
        258, 32, 2, 4, 2, 8, 64, CONTEXT, 1e-5, 10_000, true, attention, mask, -1, END);
  }

  private static Path write(Path folder, NetworkConfig config) throws IOException {
    Map<String, long[]> layout = WeightLayout.of(config);
    var weights =
        WeightLayout.outputs(
            config, WeightLayout.Storage.FLOAT32, name -> gaussian(name, layout.get(name)));
    ModelFolder.write(
        folder, new ModelContent(config, ByteTokenizer.toJson(), weights, Map.of(), ""));
    return folder;
  }

  private static float[] gaussian(String name, long[] shape) {
    Random random = new Random(name.hashCode());
    float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b))];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.3 * random.nextGaussian());
    }
    return values;
  }
}
