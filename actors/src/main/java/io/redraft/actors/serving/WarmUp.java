package io.redraft.actors.serving;

import io.redraft.model.decode.CausalModel.ExtendTask;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Sampling;
import io.redraft.model.nn.NetworkConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One forward pass of every size before the first request comes, so that what a library does on
 * first use (compiling, choosing kernels, growing its memory) is done. Sizes are the powers of two
 * from 32 tokens on and the longest canvas, which is the context or what a batch takes.
 */
final class WarmUp {
  private static final int SHORTEST = 32;
  private static final long SEED = 0;

  /** Sessions count from 1. */
  private static final long SEQUENCE = 0;

  private WarmUp() {}

  /** Warms a model; what it throws, a request of that size would have met. */
  static void run(LoadedModel model, int maxBatchTokens) {
    for (int length : lengths(model.info().network().contextLength(), maxBatchTokens)) {
      if (model instanceof LoadedModel.Diffusion diffusion) {
        diffusion.denoiser().denoise(List.of(masks(diffusion.info().network(), length)));
      } else if (model instanceof LoadedModel.Causal causal) {
        causal.model().extend(List.of(tokens(causal.info().network(), length)));
        causal.model().release(SEQUENCE);
      }
    }
  }

  /** Sizes, ascending. */
  static List<Integer> lengths(int contextLength, int maxBatchTokens) {
    int longest = Math.min(contextLength, maxBatchTokens);
    var lengths = new ArrayList<Integer>();
    for (long length = SHORTEST; length < longest; length *= 2) {
      lengths.add((int) length);
    }
    lengths.add(longest);
    return lengths;
  }

  /** The first step of a text from nothing: every row is asked about. */
  private static DenoiseTask masks(NetworkConfig network, int length) {
    int[] canvas = new int[length];
    Arrays.fill(canvas, network.maskToken());
    return new DenoiseTask(canvas, IntStream.range(0, length).toArray(), Sampling.GREEDY, SEED, 0);
  }

  private static ExtendTask tokens(NetworkConfig network, int length) {
    int[] tokens = new int[length];
    Arrays.fill(tokens, Math.max(0, network.beginToken()));
    return new ExtendTask(SEQUENCE, 0, tokens, Sampling.GREEDY, SEED);
  }
}
