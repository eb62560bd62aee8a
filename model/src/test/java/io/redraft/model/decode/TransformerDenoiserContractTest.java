package io.redraft.model.decode;

import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.transformer.Networks;
import io.redraft.model.nn.transformer.RandomNetwork;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The Transformer keeps what every denoiser promises, without a tolerance. */
class TransformerDenoiserContractTest extends DenoiserContract {
  private static Kernels kernels;
  private static Denoiser denoiser;

  @BeforeAll
  static void open() {
    kernels = Kernels.open(Device.CPU);
    var network = new RandomNetwork(RandomNetwork.denoiser(97, 64, 2, 4, 2, 172), 7);
    denoiser = Networks.denoiser(network.config(), network.source(), kernels, ComputeType.FLOAT32);
  }

  @AfterAll
  static void close() {
    denoiser.close();
    kernels.close();
  }

  @Override
  Denoiser denoiser() {
    return denoiser;
  }
}
