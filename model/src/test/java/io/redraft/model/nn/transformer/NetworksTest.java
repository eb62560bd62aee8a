package io.redraft.model.nn.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.decode.Sampling;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.util.List;
import org.junit.jupiter.api.Test;

class NetworksTest {
  @Test
  void namesComputeTypes() {
    assertThat(ComputeType.of("float32", Device.CPU)).isEqualTo(ComputeType.FLOAT32);
    assertThat(ComputeType.of("bfloat16", Device.CPU)).isEqualTo(ComputeType.BFLOAT16);
    assertThat(ComputeType.of("auto", new Device(0))).isEqualTo(ComputeType.BFLOAT16);
    assertThat(ComputeType.of("auto", Device.CPU)).isNotNull();
    assertThatThrownBy(() -> ComputeType.of("fp16", Device.CPU))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("compute_type is fp16; allowed: auto, float32, bfloat16");
  }

  @Test
  void refusesNetworksOfTheOtherKind() {
    try (Kernels kernels = Kernels.open(Device.CPU)) {
      var causal = new RandomNetwork(RandomNetwork.causal(20, 8, 1, 2, 2, 8), 1);
      var bidirectional = new RandomNetwork(RandomNetwork.denoiser(20, 8, 1, 2, 2, 8), 1);
      assertThatThrownBy(
              () ->
                  Networks.denoiser(causal.config(), causal.source(), kernels, ComputeType.FLOAT32))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageStartingWith("mask_token_id is missing");
      assertThatThrownBy(
              () ->
                  Networks.causal(
                      bidirectional.config(), bidirectional.source(), kernels, ComputeType.FLOAT32))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageStartingWith("attention is bidirectional");
    }
  }

  @Test
  void refusesWhatNativeCodeWouldReadOutOfBounds() {
    var network = new RandomNetwork(RandomNetwork.denoiser(20, 8, 1, 2, 2, 8), 1);
    try (Kernels kernels = Kernels.open(Device.CPU);
        Denoiser denoiser =
            Networks.denoiser(network.config(), network.source(), kernels, ComputeType.FLOAT32)) {
      for (DenoiseTask bad :
          List.of(
              new DenoiseTask(new int[] {1, 20}, new int[] {0}, Sampling.GREEDY, 1, 0),
              new DenoiseTask(new int[] {1, -1}, new int[] {0}, Sampling.GREEDY, 1, 0),
              new DenoiseTask(new int[] {1, 2}, new int[] {2}, Sampling.GREEDY, 1, 0),
              new DenoiseTask(new int[257], new int[] {2}, Sampling.GREEDY, 1, 0))) {
        assertThatThrownBy(() -> denoiser.denoise(List.of(bad)))
            .isInstanceOf(IllegalArgumentException.class);
      }
      var nothing = new DenoiseTask(new int[] {1, 2}, new int[0], Sampling.GREEDY, 1, 0);
      assertThat(denoiser.denoise(List.of(nothing)).get(0).size()).isZero();
    }
  }
}
