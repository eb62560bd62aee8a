package io.redraft.model.nn.transformer;

import io.redraft.model.checkpoint.WeightLayout;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.TimeConditioning;
import io.redraft.model.safetensors.SafetensorsFile;
import io.redraft.model.safetensors.SafetensorsWriter;
import io.redraft.model.safetensors.TensorSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A network with random weights, large enough that its tokens have unlike probabilities; norms'
 * gains are not 1, so that forgetting one shows.
 */
public final class RandomNetwork {
  private final NetworkConfig config;
  private final Map<String, float[]> weights = new LinkedHashMap<>();

  /** The weights that a seed gives to a shape. */
  public RandomNetwork(NetworkConfig config, long seed) {
    this.config = config;
    var random = new Random(seed);
    WeightLayout.of(config)
        .forEach(
            (name, shape) -> {
              boolean gain = shape.length == 1;
              var values = new float[(int) (gain ? shape[0] : shape[0] * shape[1])];
              double scale = gain ? 0.3 : 1.2 / Math.sqrt(shape[1]);
              if (name.contains("time_embed.table")) {
                scale = 0.3; // rows are read as they are
              }
              if (name.contains("time_embed.proj")) {
                scale = 5; // features are divided by 128
              }
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) ((gain ? 1 : 0) + scale * random.nextGaussian());
              }
              weights.put(name, values);
            });
  }

  /** A bidirectional shape with a tied head; the last id is the mask. */
  public static NetworkConfig denoiser(
      int vocabulary, int width, int layers, int heads, int keyValueHeads, int feedForward) {
    return new NetworkConfig(
        vocabulary,
        width,
        layers,
        heads,
        keyValueHeads,
        width / heads,
        feedForward,
        256,
        1e-5,
        10000,
        true,
        AttentionMode.BIDIRECTIONAL,
        vocabulary - 1,
        -1,
        vocabulary - 2);
  }

  /** The same shape, attending block-causally by itself and in no other way. */
  public static NetworkConfig blockCausal(NetworkConfig shape, int size) {
    return shape.withAttention(AttentionMode.BLOCK_CAUSAL, List.of(size));
  }

  /** A small bidirectional shape that is told its mask ratio; a width that needs padding. */
  public static NetworkConfig told(TimeConditioning.Kind kind) {
    int buckets = kind == TimeConditioning.Kind.TABLE ? 5 : 0;
    return denoiser(97, 48, 2, 4, 2, 100).withTime(new TimeConditioning(kind, buckets));
  }

  /** A causal shape with an untied head and no mask. */
  public static NetworkConfig causal(
      int vocabulary, int width, int layers, int heads, int keyValueHeads, int feedForward) {
    return new NetworkConfig(
        vocabulary,
        width,
        layers,
        heads,
        keyValueHeads,
        width / heads,
        feedForward,
        300,
        1e-5,
        500,
        false,
        AttentionMode.CAUSAL,
        -1,
        0,
        1);
  }

  /** Shape of the network. */
  public NetworkConfig config() {
    return config;
  }

  /** A weight by its name, row-major. */
  public float[] weight(String name) {
    return weights.get(name);
  }

  /** The weights as they would be read from a file. */
  public TensorSource source() {
    try {
      Path file = Files.createTempFile("network", ".safetensors");
      SafetensorsWriter.write(
          file, WeightLayout.outputs(config, WeightLayout.Storage.FLOAT32, weights::get), Map.of());
      TensorSource source = SafetensorsFile.open(file);
      Files.delete(file); // what is mapped stays readable
      return source;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
