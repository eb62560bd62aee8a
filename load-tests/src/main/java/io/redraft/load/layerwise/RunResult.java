package io.redraft.load.layerwise;

import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What a run took and gave.
 *
 * @param curriculum direction and time, as {@code right-to-left/depth}; {@code none} where the
 *     network was trained as a whole
 * @param device where it was trained
 * @param compute number format of the forward and backward pass
 * @param parameters weights of the network
 * @param tokenPasses see {@link io.redraft.model.train.stage.TokenPasses}
 * @param seconds from reading the text to the last commit
 * @param endToEndOptimizer planned bytes of gradient, moments and average where the network is
 *     trained as a whole
 * @param stages what its stages took, one where it was trained as a whole
 * @param tokens validation tokens that the bounds are of
 * @param masks masks a chunk of text, for the bounds
 * @param boundBeforeJoint nats a token before the last, joint phase; null where there is none
 * @param bound nats a token of the finished model
 */
record RunResult(
    String curriculum,
    String device,
    String compute,
    long parameters,
    double tokenPasses,
    double seconds,
    long endToEndOptimizer,
    List<StageResult> stages,
    long tokens,
    int masks,
    Double boundBeforeJoint,
    double bound) {
  /** Whether the network was trained as a whole. */
  boolean whole() {
    return curriculum.equals("none");
  }

  /** The most that any stage has of something that is no joint phase; 0 where there is none. */
  long mostStaged(ToLongFunction<StageResult> of) {
    return stages.stream().filter(StageResult::staged).mapToLong(of).max().orElse(0);
  }

  /** The most that any stage has of something. */
  long most(ToLongFunction<StageResult> of) {
    return stages.stream().mapToLong(of).max().orElse(0);
  }
}
