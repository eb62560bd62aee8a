package io.redraft.model.nn.transformer;

import ai.djl.ndarray.NDArray;
import io.redraft.model.decode.Sampling;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.DeviceScope;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The rows of a forward pass in the order in which the sampling kernel takes them: greedy ones
 * first, then sampled ones, then those behind a top-k or top-p filter, and then guided rows in the
 * same order, in runs that share one head product. Every kind ends with copies of its last row so
 * that runs have one of a few lengths (64, or a smaller power of two, at least 2): the
 * matrix-product library compiles a kernel for every length it meets, and reductions of a single
 * row are not split among threads.
 */
final class RowPlan {
  /** Rows that share a head product on the CPU; their logits stay in a core's cache. */
  private static final int LONGEST_RUN = 64;

  /** On a GPU, whose head product is faster the more rows it has; their logits take memory. */
  private static final int LONGEST_RUN_OF_GPU = 128;

  /**
   * Below this, dividing by the temperature overflows; nothing but the best token is ever drawn.
   */
  private static final double LEAST_TEMPERATURE = 1e-6;

  private static final int LINES = 5;

  /**
   * A row.
   *
   * @param place its index among the positions that are asked about
   * @param key key of its noise
   * @param sampling how its token is drawn
   * @param given the token that stands there and is only scored, or -1
   * @param barred a token that is not drawn; the mask where there is no other
   * @param guide the index of its position on the canvas without the prompt, or -1
   * @param weight w of the guidance; 0 without
   */
  record Row(
      long place, long key, Sampling sampling, int given, int barred, long guide, double weight) {
    /** A row without guidance. */
    Row(long place, long key, Sampling sampling, int given, int barred) {
      this(place, key, sampling, given, barred, -1, 0);
    }

    private int kind() {
      return guide < 0 ? drawing() : KINDS + drawing();
    }

    private int drawing() {
      if (given >= 0 || sampling.greedy()) {
        return 0;
      }
      return sampling.topK() == 0 && sampling.topP() == 1 ? 1 : 2;
    }
  }

  /** Ways to draw a token. */
  private static final int KINDS = 3;

  private final List<Row> rows = new ArrayList<>();
  private final List<Integer> sources = new ArrayList<>();
  private final List<Long> runs = new ArrayList<>();
  private final List<Long> limits = new ArrayList<>();
  private final int size;
  private final int longest;

  /** A plan for rows, at least one, on the CPU. */
  RowPlan(List<Row> wanted) {
    this(wanted, Device.CPU);
  }

  /** A plan for rows, at least one. */
  RowPlan(List<Row> wanted, Device device) {
    this.size = wanted.size();
    this.longest = longestRun(device);
    var order = new ArrayList<Integer>();
    for (int i = 0; i < size; i++) {
      order.add(i);
    }
    order.sort(Comparator.comparingInt(i -> wanted.get(i).kind()));
    for (int from = 0; from < size; ) {
      int kind = wanted.get(order.get(from)).kind();
      int to = from;
      while (to < size && wanted.get(order.get(to)).kind() == kind) {
        to++;
      }
      addKind(kind % KINDS, wanted, order.subList(from, to));
      from = to;
    }
  }

  /** How many rows share a head product at most. */
  static int longestRun(Device device) {
    return device.isGpu() ? LONGEST_RUN_OF_GPU : LONGEST_RUN;
  }

  private void addKind(int kind, List<Row> wanted, List<Integer> order) {
    for (int from = 0; from < order.size(); from += longest) {
      int count = Math.min(longest, order.size() - from);
      int length = Math.max(2, count == 1 ? 2 : Integer.highestOneBit(count - 1) * 2);
      int largest = 0;
      for (int i = 0; i < length; i++) {
        int source = order.get(from + Math.min(i, count - 1));
        rows.add(wanted.get(source));
        sources.add(i < count ? source : -1);
        largest = Math.max(largest, wanted.get(source).sampling().topK());
      }
      runs.add((long) length);
      limits.add(kind == 2 ? largest + 1L : kind - 1L);
    }
  }

  /** Lengths of the runs. */
  long[] runs() {
    return runs.stream().mapToLong(Long::longValue).toArray();
  }

  /**
   * How each run is drawn, as the kernel {@code candidates} takes it: −1 greedy, 0 from all tokens,
   * otherwise behind filters, of which the largest k is one less.
   */
  long[] limits() {
    return limits.stream().mapToLong(Long::longValue).toArray();
  }

  /** Places, keys, k, given and barred tokens: int64 (5, R). */
  NDArray lines(DeviceScope scope) {
    int n = rows.size();
    var lines = new long[LINES * n];
    for (int i = 0; i < n; i++) {
      Row row = rows.get(i);
      lines[i] = row.place();
      lines[n + i] = row.key();
      lines[2 * n + i] = row.sampling().topK();
      lines[3 * n + i] = row.given();
      lines[4 * n + i] = row.barred();
    }
    return scope.longs(lines, LINES, n);
  }

  /** Places without the prompt of the last G rows, which are guided: int64 (G). */
  NDArray guides(DeviceScope scope) {
    long[] guides = rows.stream().mapToLong(Row::guide).filter(place -> place >= 0).toArray();
    return scope.longs(guides, guides.length);
  }

  /** Temperatures, nucleus masses, and w + 1 of the guidance: float64 (3, R). */
  NDArray reals(DeviceScope scope) {
    int n = rows.size();
    var reals = new double[3 * n];
    for (int i = 0; i < n; i++) {
      Sampling sampling = rows.get(i).sampling();
      reals[i] = Math.max(LEAST_TEMPERATURE, sampling.temperature());
      reals[n + i] = sampling.topP();
      reals[2 * n + i] = rows.get(i).weight() + 1;
    }
    return scope.doubles(reals, 3, n);
  }

  /** What the kernel reported, back in the order of the wanted rows. */
  Drawn read(NDArray report) {
    int[] values = report.toIntArray(); // (3, R)
    int n = rows.size();
    var drawn = new Drawn(new int[size], new float[size], new float[size]);
    for (int i = 0; i < n; i++) {
      int source = sources.get(i);
      if (source >= 0) {
        drawn.tokens[source] = values[i];
        drawn.confidences[source] = Float.intBitsToFloat(values[n + i]);
        drawn.entropies[source] = Float.intBitsToFloat(values[2 * n + i]);
      }
    }
    return drawn;
  }

  /** Tokens with their confidences and entropies, in parallel arrays. */
  record Drawn(int[] tokens, float[] confidences, float[] entropies) {}
}
