package io.redraft.model.evaluate;

import java.util.ArrayList;
import java.util.List;

/** Gathers the cross-entropies of masked tokens by how much around them is masked. */
final class MaskRatioBuckets {
  private static final int BUCKETS = 10;

  private final double[] sums = new double[BUCKETS];
  private final long[] counts = new long[BUCKETS];

  void add(double ratio, double nats) {
    var bucket = Math.min(BUCKETS - 1, (int) (ratio * BUCKETS));
    sums[bucket] += nats;
    counts[bucket]++;
  }

  /** What was gathered; NaN where there was nothing. */
  List<Evaluation.Bucket> means() {
    List<Evaluation.Bucket> means = new ArrayList<>();
    for (var i = 0; i < BUCKETS; i++) {
      means.add(
          new Evaluation.Bucket(
              (double) i / BUCKETS,
              (i + 1.0) / BUCKETS,
              counts[i],
              counts[i] == 0 ? Double.NaN : sums[i] / counts[i]));
    }
    return means;
  }
}
