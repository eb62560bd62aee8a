package io.redraft.model.decode;

import io.redraft.model.InvalidInputException;
import java.util.OptionalInt;

/**
 * How a request wants its masks turned into tokens. Start from {@link #DEFAULTS} and change what
 * the request names.
 *
 * @param policy which candidates a step commits
 * @param steps denoising steps a block, at least 1; empty: half of the block's masks (rounded down,
 *     at least 1) for a policy that the step grid paces, otherwise as many as the block has masks.
 *     More steps than masks count as one a mask
 * @param block masks a block, left to right; 0 is one block over all of them
 * @param grid how a block's masks are spread over its steps
 * @param sampling how candidates are drawn
 */
public record DecodeOptions(
    RevealPolicy policy, OptionalInt steps, int block, StepGrid grid, Sampling sampling) {
  /** What a request that names nothing gets. */
  public static final DecodeOptions DEFAULTS =
      new DecodeOptions(
          new RevealPolicy.Confidence(), OptionalInt.empty(), 0, StepGrid.UNIFORM, Sampling.GREEDY);

  public DecodeOptions {
    if (steps.isPresent() && steps.getAsInt() < 1) {
      throw InvalidInputException.of("steps", steps.getAsInt(), "1 or more");
    }
    if (block < 0) {
      throw InvalidInputException.of("block", block, "0 (one block over everything) or more");
    }
  }

  /** These options with another policy. */
  public DecodeOptions withPolicy(RevealPolicy policy) {
    return new DecodeOptions(policy, steps, block, grid, sampling);
  }

  /** These options with this many steps a block. */
  public DecodeOptions withSteps(int steps) {
    return new DecodeOptions(policy, OptionalInt.of(steps), block, grid, sampling);
  }

  /** These options with this many masks a block. */
  public DecodeOptions withBlock(int block) {
    return new DecodeOptions(policy, steps, block, grid, sampling);
  }

  /** These options with another grid. */
  public DecodeOptions withGrid(StepGrid grid) {
    return new DecodeOptions(policy, steps, block, grid, sampling);
  }

  /** These options with another way to draw tokens. */
  public DecodeOptions withSampling(Sampling sampling) {
    return new DecodeOptions(policy, steps, block, grid, sampling);
  }

  /** Steps that a block of this many masks may take, between 1 and the masks. */
  int budget(int masks) {
    int usual = policy.paced() ? Math.max(1, masks / 2) : masks;
    return Math.min(masks, steps.orElse(usual));
  }

  /** The grid that the policy's pace follows. */
  StepGrid pace() {
    return policy instanceof RevealPolicy.Linear ? StepGrid.UNIFORM : grid;
  }
}
