package io.redraft.model.train.config;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.noise.CounterHash;
import io.redraft.model.objective.BlockDiffusion;
import io.redraft.model.objective.Objective;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Which steps of a run attend block-causally, as {@link BlockDiffusion} asks; the others attend as
 * the network does by itself.
 *
 * @param share share of the steps
 */
public record BlockCausalSettings(double share) {
  /** No step does. */
  public static final BlockCausalSettings NONE = new BlockCausalSettings(0);

  private static final String FIELD = "objective.block_causal";

  public BlockCausalSettings {
    Check.fraction(FIELD, share);
  }

  static BlockCausalSettings read(Section section, AttentionMode attention) {
    return new BlockCausalSettings(
        section.number("block_causal", attention == AttentionMode.BLOCK_CAUSAL ? 1 : 0));
  }

  void write(Map<String, Object> out) {
    out.put(FIELD, share);
  }

  /** Whether every step does. */
  public boolean always() {
    return share == 1;
  }

  /** What a model card adds to the objective. */
  String description() {
    return share == 0
        ? ""
        : String.format(Locale.ROOT, ", block-causal in %.0f %% of the steps", 100 * share);
  }

  void refuseFor(Objective kind) {
    if (share > 0 && kind != Objective.NELBO) {
      throw InvalidInputException.of(
          "objective.kind", kind.key(), "nelbo, where " + FIELD + " is " + share);
    }
  }

  /** Refuses a model that would claim what it never learns, or learn what it does not claim. */
  void refuseFor(ModelSettings model) {
    if (model.attention() == AttentionMode.BLOCK_CAUSAL && !always()) {
      throw InvalidInputException.of(FIELD, share, "1, for block-causal attention");
    }
    if (share > 0 && model.attentionBlocks().isEmpty()) {
      throw InvalidInputException.of(
          "model.attention_blocks",
          model.attentionBlocks(),
          "1 size or more, where " + FIELD + " is " + share);
    }
    if (share == 0 && !model.attentionBlocks().isEmpty()) {
      throw InvalidInputException.of(
          FIELD, share, "more than 0, where model.attention_blocks is " + model.attentionBlocks());
    }
  }

  /**
   * The size of a step's blocks, or 0 for a step that is not block-causal. The block-causal steps
   * lie evenly among the others, and every size is equally likely.
   *
   * @param seed the run's seed, for this purpose
   * @param step steps before it
   * @param sizes sizes to choose from
   */
  public int size(long seed, long step, List<Integer> sizes) {
    if (Math.floor((step + 1) * share) <= Math.floor(step * share)) {
      return 0;
    }
    var chosen = CounterHash.unit(CounterHash.bits(seed, step)) * sizes.size();
    return sizes.get((int) chosen);
  }
}
