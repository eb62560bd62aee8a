package io.redraft.load.serve;

import io.redraft.load.measure.Series;
import io.redraft.load.serve.WatchedDenoiser.Forward;
import io.redraft.model.decode.PassShape;
import java.util.HashMap;
import java.util.Map;

/**
 * What a pass of each shape costs: the median over all ways of decoding that take such passes. With
 * the number of passes it tells how fast a way is with the busy moments of the machine left out.
 */
final class PassCosts {
  private final Map<PassShape, Series> milliseconds = new HashMap<>();

  /** Takes a pass of one canvas into account. */
  void add(Forward forward) {
    milliseconds
        .computeIfAbsent(forward.tasks().get(0).shape(), shape -> new Series())
        .add(1e3 * forward.seconds());
  }

  /** Seconds that passes take. */
  double seconds(Map<PassShape, Integer> passes) {
    return passes.entrySet().stream()
        .mapToDouble(some -> some.getValue() * milliseconds.get(some.getKey()).median() / 1e3)
        .sum();
  }
}
