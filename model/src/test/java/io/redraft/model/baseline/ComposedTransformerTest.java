package io.redraft.model.baseline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Sampling;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.transformer.Networks;
import io.redraft.model.nn.transformer.RandomNetwork;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ComposedTransformerTest {
  @Test
  void computesWhatTheKernelsCompute() {
    var network = new RandomNetwork(RandomNetwork.denoiser(97, 64, 2, 4, 4, 172), 6);
    var config = network.config();
    var canvases =
        List.of(new Random(1).ints(30, 0, 96).toArray(), new Random(2).ints(30, 0, 96).toArray());
    int[] rows = IntStream.range(0, 30).filter(i -> i % 3 == 0).toArray();
    canvases.forEach(canvas -> Arrays.stream(rows).forEach(r -> canvas[r] = config.maskToken()));
    try (var kernels = Kernels.open(Device.CPU);
        var composed = new ComposedTransformer(kernels, config, network.source());
        var denoiser = Networks.denoiser(config, network.source(), kernels, ComputeType.FLOAT32)) {
      var result = composed.forward(canvases);
      var tasks =
          canvases.stream().map(c -> new DenoiseTask(c, rows, Sampling.GREEDY, 1, 0)).toList();
      var candidates = denoiser.denoise(tasks);
      for (int b = 0; b < 2; b++) {
        for (int i = 0; i < rows.length; i++) {
          int place = b * 30 + rows[i];
          assertThat(result.tokens()[place]).isEqualTo(candidates.get(b).tokens()[i]);
          assertThat(result.confidences()[place])
              .isCloseTo(candidates.get(b).confidences()[i], within(1e-5f));
        }
      }
    }
  }
}
