package io.redraft.model.train.config;

import io.redraft.model.InvalidInputException;
import io.redraft.model.objective.Block;
import io.redraft.model.objective.Objective;
import java.util.Map;

/**
 * Which samples look like a canvas that is written block by block, for models that are decoded so.
 *
 * @param share share of the samples that have a {@link Block}
 * @param longest longest block
 */
public record BlockSettings(double share, int longest) {
  /** No sample has a block. */
  public static final BlockSettings NONE = new BlockSettings(0, 32);

  public BlockSettings {
    Check.fraction("objective.blocks", share);
    Check.atLeast("objective.block_length", longest, 1);
    if (share == 0 && longest != 32) {
      throw InvalidInputException.of(
          "objective.block_length", longest, "32, where objective.blocks is 0");
    }
  }

  static BlockSettings read(Section section) {
    return new BlockSettings(section.number("blocks", 0), section.integer("block_length", 32));
  }

  void write(Map<String, Object> out) {
    out.put("objective.blocks", share);
    out.put("objective.block_length", longest);
  }

  void refuseFor(Objective kind) {
    if (share > 0 && kind != Objective.NELBO) {
      throw InvalidInputException.of(
          "objective.blocks", share, "0, for kind " + kind.key() + "; blocks go with nelbo");
    }
  }

  void refuseBeyond(int context) {
    if (share > 0 && longest > context) {
      throw InvalidInputException.of(
          "objective.block_length", longest, "1 to %d (model.context)".formatted(context));
    }
  }

  /** The block of a sample of that many tokens, as {@link Block#of} tells. */
  public Block of(long seed, long sample, int tokens) {
    return Block.of(seed, sample, tokens, share, longest);
  }
}
