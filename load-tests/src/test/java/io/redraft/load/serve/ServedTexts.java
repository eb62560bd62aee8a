package io.redraft.load.serve;

import io.redraft.actors.serving.LoadedModel;
import io.redraft.actors.serving.ModelInfo;
import io.redraft.model.checkpoint.ModelContent;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.checkpoint.WeightLayout;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.decode.FakeDenoiser;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.text.ByteTokenizer;
import io.redraft.model.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Models over bytes, real and fake, that have learnt nothing. */
public final class ServedTexts {
  /** Bytes, then the end of text, then the mask: what {@link FakeDenoiser} has too. */
  static final Tokenizer BYTES = new ByteTokenizer();

  private ServedTexts() {}

  /** A network without tensors for {@link #BYTES}, canvases of at most 32 tokens. */
  static FakeDenoiser fake() {
    return new FakeDenoiser(FakeDenoiser.config(258, 32).withAttentionBlocks(List.of(4, 8)), 0);
  }

  /** A real server before a denoiser. */
  static ServerUnderTest serve(Denoiser denoiser) throws Exception {
    return ServerUnderTest.start(
        blocks ->
            new LoadedModel.Diffusion(
                new ModelInfo("fake", denoiser.config(), "float32"), denoiser),
        BYTES);
  }

  /** Writes a real network with random weights; context 16. */
  public static Path folder(Path path) throws IOException {
    return folder(path, AttentionMode.BIDIRECTIONAL, 257);
  }

  /** The same that reads from left to right. */
  public static Path causalFolder(Path path) throws IOException {
    return folder(path, AttentionMode.CAUSAL, -1);
  }

  private static Path folder(Path path, AttentionMode attention, int mask) throws IOException {
    var config =
        new NetworkConfig(
            258, 16, 1, 2, 2, 8, 32, 16, 1e-5, 10_000, true, attention, mask, -1, 256);
    Map<String, long[]> layout = WeightLayout.of(config);
    var weights =
        WeightLayout.outputs(
            config, WeightLayout.Storage.FLOAT32, name -> gaussian(name, layout.get(name)));
    ModelFolder.write(
        path, new ModelContent(config, ByteTokenizer.toJson(), weights, Map.of(), ""));
    return path;
  }

  private static float[] gaussian(String name, long[] shape) {
    var random = new Random(name.hashCode());
    var values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b))];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.3 * random.nextGaussian());
    }
    return values;
  }
}
