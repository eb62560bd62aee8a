package io.redraft.server.grpc;

import io.redraft.actors.serving.BlockRange;
import io.redraft.actors.serving.LoadedModel;
import io.redraft.actors.serving.ModelInfo;
import io.redraft.actors.serving.ModelLoader;
import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A denoiser that writes the alphabet: position p gets the p-th letter. It can be held, so that a
 * test decides when a step is taken.
 */
final class AlphabetModel implements ModelLoader {
  static final NetworkConfig NETWORK =
      new NetworkConfig(
          258,
          16,
          1,
          2,
          2,
          8,
          32,
          512,
          1e-5,
          10_000,
          true,
          AttentionMode.BIDIRECTIONAL,
          ByteTokenizer.MASK,
          -1,
          ByteTokenizer.END);

  private final Semaphore steps;
  private final AtomicInteger forwards = new AtomicInteger();

  /** Takes as many steps as {@code steps} has permits. */
  AlphabetModel(Semaphore steps) {
    this.steps = steps;
  }

  /** Takes steps as they come. */
  AlphabetModel() {
    this(new Semaphore(Integer.MAX_VALUE));
  }

  /** Lets this many more forwards be computed. */
  void release(int forwards) {
    steps.release(forwards);
  }

  /** Forwards that were computed. */
  int forwards() {
    return forwards.get();
  }

  static String text(int from, int to) {
    StringBuilder text = new StringBuilder();
    for (int p = from; p < to; p++) {
      text.append((char) letter(p));
    }
    return text.toString();
  }

  private static int letter(int position) {
    return 'a' + position % 26;
  }

  @Override
  public LoadedModel load(BlockRange blocks) {
    return new LoadedModel.Diffusion(new ModelInfo("alphabet", NETWORK, "float32"), new Steps());
  }

  private final class Steps implements Denoiser {
    @Override
    public NetworkConfig config() {
      return NETWORK;
    }

    @Override
    public List<Candidates> denoise(List<DenoiseTask> batch) {
      steps.acquireUninterruptibly();
      forwards.incrementAndGet();
      return batch.stream().map(task -> candidates(task.rows())).toList();
    }

    private static Candidates candidates(int[] rows) {
      int[] tokens = Arrays.stream(rows).map(AlphabetModel::letter).toArray();
      float[] confidences = new float[rows.length];
      for (int i = 0; i < rows.length; i++) {
        confidences[i] = 1f / (1 + rows[i]);
      }
      return new Candidates(rows, tokens, confidences, new float[rows.length]);
    }

    @Override
    public void close() {}
  }
}
