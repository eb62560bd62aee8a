package io.redraft.load.layerwise;

/**
 * How two arrays of weights differ.
 *
 * @param relative the Euclidean norm of their difference, over that of what training changed; 0
 *     where they are equal bit by bit, infinite where training changed nothing or a weight is no
 *     number
 * @param weights how many are not equal
 */
record WeightDifference(double relative, long weights) {
  /**
   * The difference of weights from others.
   *
   * @param change {@link #distance} between the weights before training and after it
   */
  static WeightDifference of(float[] found, float[] expected, double change) {
    var differing = 0L;
    for (var i = 0; i < expected.length; i++) {
      if (Float.floatToIntBits(found[i]) != Float.floatToIntBits(expected[i])) {
        differing++;
      }
    }
    var relative = distance(found, expected) / change;
    return new WeightDifference(
        differing == 0 ? 0 : Double.isNaN(relative) ? Double.POSITIVE_INFINITY : relative,
        differing);
  }

  /** The Euclidean norm of a difference. */
  static double distance(float[] one, float[] other) {
    if (one.length != other.length) {
      throw new IllegalArgumentException(one.length + " weights beside " + other.length);
    }
    var sum = 0.0;
    for (var i = 0; i < one.length; i++) {
      var difference = (double) one[i] - other[i];
      sum += difference * difference;
    }
    return Math.sqrt(sum);
  }
}
