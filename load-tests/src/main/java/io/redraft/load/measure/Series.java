package io.redraft.load.measure;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Repeated measurements of one thing, in the order in which they were taken. */
public final class Series {
  private final List<Double> values = new ArrayList<>();

  /** Takes one measurement. */
  public void add(double value) {
    values.add(value);
  }

  /** All measurements. */
  @JsonProperty
  public List<Double> values() {
    return Collections.unmodifiableList(values);
  }

  /** The middle one, or the mean of the middle two. */
  @JsonProperty
  public double median() {
    if (values.isEmpty()) {
      throw new IllegalStateException("the median of nothing");
    }
    var sorted = values.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }

  /** The smallest. */
  @JsonProperty
  public double min() {
    return Collections.min(values);
  }

  /** The largest. */
  @JsonProperty
  public double max() {
    return Collections.max(values);
  }
}
