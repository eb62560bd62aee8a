package io.redraft.load.kernels;

import io.redraft.model.baseline.ComposedTransformer;
import io.redraft.model.checkpoint.WeightLayout;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.decode.Sampling;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.transformer.Networks;
import io.redraft.model.safetensors.SafetensorsFile;
import io.redraft.model.safetensors.SafetensorsWriter;
import io.redraft.model.safetensors.TensorSource;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.Initialization;
import io.redraft.model.train.ParameterLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * One network in all the forms that are compared, each proposing the most probable token for every
 * masked position.
 */
final class Contestants implements AutoCloseable {
  private final MeasuredShape shape;
  private final ComposedTransformer composed;
  private final Denoiser float32;
  private final Denoiser bfloat16;

  Contestants(Kernels kernels, MeasuredShape shape) throws IOException {
    this.shape = shape;
    TensorSource weights = weights(shape.config(), 1);
    this.composed = new ComposedTransformer(kernels, shape.config(), weights);
    this.float32 = Networks.denoiser(shape.config(), weights, kernels, ComputeType.FLOAT32);
    this.bfloat16 = Networks.denoiser(shape.config(), weights, kernels, ComputeType.BFLOAT16);
  }

  /** Random weights of a shape; matrices are multiplied by a scale. */
  static TensorSource weights(NetworkConfig config, float scale) throws IOException {
    var layout = new ParameterLayout(config);
    float[] values = Initialization.of(layout, 1);
    Map<String, float[]> byName = new HashMap<>();
    for (var parameter : layout.parameters()) {
      int from = parameter.offset();
      float[] weights = Arrays.copyOfRange(values, from, from + parameter.size());
      for (int i = 0; parameter.shape().size() > 1 && i < weights.length; i++) {
        weights[i] *= scale;
      }
      byName.put(parameter.name(), weights);
    }
    Path file = Files.createTempFile("redraft-bench", ".safetensors");
    try {
      SafetensorsWriter.write(
          file, WeightLayout.outputs(config, WeightLayout.Storage.FLOAT32, byName::get), Map.of());
      return SafetensorsFile.open(file);
    } finally {
      Files.delete(file); // what is mapped stays readable
    }
  }

  /** Array calls in float32: seconds of a pass. */
  double composed() {
    List<int[]> canvases = shape.canvases();
    return seconds(() -> composed.forward(canvases));
  }

  /** Kernels in float32: seconds of a pass. */
  double float32() {
    return pass(float32, Sampling.GREEDY);
  }

  /** Kernels in bfloat16: seconds of a pass. */
  double bfloat16() {
    return pass(bfloat16, Sampling.GREEDY);
  }

  /** Kernels in bfloat16, tokens drawn at temperature 1: seconds of a pass. */
  double drawn() {
    return pass(bfloat16, new Sampling(1, 0, 1));
  }

  private double pass(Denoiser denoiser, Sampling sampling) {
    int mask = shape.config().maskToken();
    var tasks =
        shape.canvases().stream()
            .map(
                canvas ->
                    new DenoiseTask(
                        canvas,
                        IntStream.range(0, canvas.length).filter(i -> canvas[i] == mask).toArray(),
                        sampling,
                        1,
                        0))
            .toList();
    return seconds(() -> denoiser.denoise(tasks));
  }

  private static double seconds(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) / 1e9;
  }

  @Override
  public void close() {
    composed.close();
    float32.close();
    bfloat16.close();
  }
}
