package io.redraft.model.decode;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.DepthExecution;
import io.redraft.model.nn.NetworkConfig;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * How a request wants its masks turned into tokens. Start from {@link #DEFAULTS} and change what
 * the request names.
 *
 * @param policy which candidates a step commits
 * @param steps denoising steps a block, at least 1; empty: as many as the block has masks, which
 *     more steps than masks count as, too, except for {@link RevealPolicy.Ancestral}
 * @param block masks a block, left to right; 0 is one block over all of them
 * @param grid how a block's masks are spread over its steps
 * @param sampling how candidates are drawn
 * @param confidenceStop probability in (0, 1]; once every masked position of the block is at least
 *     this certain, all are committed
 * @param remask probability in (0, 1]; committed tokens of the active block that have become less
 *     probable than this may be re-opened, always fewer than the same step commits
 * @param cache which keys and values the steps of a block take from its first; only with blocks
 * @param guidance how much more the fixed text counts than it does by itself
 * @param patience steps, 1 or more; a position whose proposed token has been the same for that many
 *     in a row is committed whatever the policy says
 * @param window how many of the block's first masks a step looks at, and may commit, or as many as
 *     the grid asks of it where that is more; 0: all
 * @param minTokens no end of text at this many of the first writable positions; 0 or more
 * @param verification what a causal model does with the draft
 * @param batchInvariant whether no forward pass is shared with another request, so that the result
 *     cannot depend on what else is being computed, whatever the device and its number format
 * @param attention which positions see which; block-causally in blocks of {@code block}
 * @param execution which blocks a step of a depth-as-time network runs; empty: what the network
 *     says, and for all others
 */
public record DecodeOptions(
    RevealPolicy policy,
    OptionalInt steps,
    int block,
    StepGrid grid,
    Sampling sampling,
    OptionalDouble confidenceStop,
    OptionalDouble remask,
    CacheMode cache,
    Guidance guidance,
    OptionalInt patience,
    int window,
    int minTokens,
    Verification verification,
    boolean batchInvariant,
    AttentionMode attention,
    Optional<DepthExecution> execution) {
  /** What a request that names nothing gets. */
  public static final DecodeOptions DEFAULTS =
      new DecodeOptions(
          new RevealPolicy.Confidence(),
          OptionalInt.empty(),
          0,
          StepGrid.UNIFORM,
          Sampling.GREEDY,
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          CacheMode.NONE,
          Guidance.NONE,
          OptionalInt.empty(),
          0,
          0,
          Verification.OFF,
          false,
          AttentionMode.BIDIRECTIONAL,
          Optional.empty());

  public DecodeOptions {
    if (steps.isPresent() && steps.getAsInt() < 1) {
      throw InvalidInputException.of("steps", steps.getAsInt(), "1 or more");
    }
    if (block < 0) {
      throw InvalidInputException.of("block", block, "0 (one block over everything) or more");
    }
    probability("confidence_stop", confidenceStop);
    probability("remask", remask);
    if (patience.isPresent() && patience.getAsInt() < 1) {
      throw InvalidInputException.of("patience", patience.getAsInt(), "1 or more");
    }
    if (window < 0) {
      throw InvalidInputException.of("window", window, "0 (all masks of the block) or more");
    }
    if (minTokens < 0) {
      throw InvalidInputException.of("min_tokens", minTokens, "0 or more");
    }
  }

  /** These options with another policy. */
  public DecodeOptions withPolicy(RevealPolicy policy) {
    return with(change -> change.policy = policy);
  }

  /** These options with another policy, less those that can only hold with the one before. */
  public DecodeOptions forPolicy(RevealPolicy policy) {
    return OptionRules.fitting(withPolicy(policy));
  }

  /** These options with this many steps a block. */
  public DecodeOptions withSteps(int steps) {
    return with(change -> change.steps = OptionalInt.of(steps));
  }

  /** These options with this many masks a block. */
  public DecodeOptions withBlock(int block) {
    return with(change -> change.block = block);
  }

  /** These options with another grid. */
  public DecodeOptions withGrid(StepGrid grid) {
    return with(change -> change.grid = grid);
  }

  /** These options with another way to draw tokens. */
  public DecodeOptions withSampling(Sampling sampling) {
    return with(change -> change.sampling = sampling);
  }

  /** These options, committing a block at once when all of it is at least this certain. */
  public DecodeOptions withConfidenceStop(double probability) {
    return with(change -> change.confidenceStop = OptionalDouble.of(probability));
  }

  /** These options, re-opening committed tokens that become less probable than this. */
  public DecodeOptions withRemask(double probability) {
    return with(change -> change.remask = OptionalDouble.of(probability));
  }

  /** These options with another cache. */
  public DecodeOptions withCache(CacheMode cache) {
    return with(change -> change.cache = cache);
  }

  /** These options with another cache, less those that contradict it. */
  public DecodeOptions forCache(CacheMode cache) {
    return OptionRules.fittingCache(withCache(cache));
  }

  /** These options with another guidance. */
  public DecodeOptions withGuidance(Guidance guidance) {
    return with(change -> change.guidance = guidance);
  }

  /** These options, committing what has been proposed for this many steps in a row. */
  public DecodeOptions withPatience(int steps) {
    return with(change -> change.patience = OptionalInt.of(steps));
  }

  /** These options, looking at this many of a block's first masks. */
  public DecodeOptions withWindow(int window) {
    return with(change -> change.window = window);
  }

  /** These options without an end of text at this many of the first writable positions. */
  public DecodeOptions withMinTokens(int minTokens) {
    return with(change -> change.minTokens = minTokens);
  }

  /** These options with another verification. */
  public DecodeOptions withVerification(Verification verification) {
    return with(change -> change.verification = verification);
  }

  /**
   * These options with another verification, less those that can only hold with the one before; a
   * lossless draft takes one pass and keeps keys and values.
   */
  public DecodeOptions forVerification(Verification verification) {
    return OptionRules.fittingVerification(withVerification(verification));
  }

  /** These options, sharing no forward pass with another request, or sharing them. */
  public DecodeOptions withBatchInvariant(boolean batchInvariant) {
    return with(change -> change.batchInvariant = batchInvariant);
  }

  /** These options with another attention. */
  public DecodeOptions withAttention(AttentionMode attention) {
    return with(change -> change.attention = attention);
  }

  /** These options, running other blocks of a depth-as-time network. */
  public DecodeOptions withExecution(DepthExecution execution) {
    return with(change -> change.execution = Optional.of(execution));
  }

  /** A copy with changes. */
  DecodeOptions with(Consumer<Change> changes) {
    var change = new Change(this);
    changes.accept(change);
    return change.options();
  }

  /** Options on the way from one record to the next. */
  static final class Change {
    RevealPolicy policy;
    OptionalInt steps;
    int block;
    StepGrid grid;
    Sampling sampling;
    OptionalDouble confidenceStop;
    OptionalDouble remask;
    CacheMode cache;
    Guidance guidance;
    OptionalInt patience;
    int window;
    int minTokens;
    Verification verification;
    boolean batchInvariant;
    AttentionMode attention;
    Optional<DepthExecution> execution;

    private Change(DecodeOptions from) {
      policy = from.policy;
      steps = from.steps;
      block = from.block;
      grid = from.grid;
      sampling = from.sampling;
      confidenceStop = from.confidenceStop;
      remask = from.remask;
      cache = from.cache;
      guidance = from.guidance;
      patience = from.patience;
      window = from.window;
      minTokens = from.minTokens;
      verification = from.verification;
      batchInvariant = from.batchInvariant;
      attention = from.attention;
      execution = from.execution;
    }

    private DecodeOptions options() {
      return new DecodeOptions(
          policy,
          steps,
          block,
          grid,
          sampling,
          confidenceStop,
          remask,
          cache,
          guidance,
          patience,
          window,
          minTokens,
          verification,
          batchInvariant,
          attention,
          execution);
    }
  }

  /**
   * Refuses options that contradict each other; a plan does so by itself.
   *
   * @throws InvalidInputException naming the option that is not allowed
   */
  public void check() {
    OptionRules.check(this);
  }

  /**
   * Refuses options that contradict each other, or that a network's weights have not learned.
   *
   * @throws InvalidInputException naming the option that is not allowed
   */
  public void check(NetworkConfig network) {
    OptionRules.check(this);
    OptionRules.check(this, network);
  }

  /** What a request that names nothing gets of a network. */
  public static DecodeOptions defaults(NetworkConfig network) {
    var sizes = network.attentionBlocks();
    return network.attention() == AttentionMode.BLOCK_CAUSAL
        ? DEFAULTS
            .withAttention(AttentionMode.BLOCK_CAUSAL)
            .withBlock(sizes.get(sizes.size() - 1))
            .withCache(CacheMode.PREFIX)
        : DEFAULTS;
  }

  /** Steps that a block of this many masks may take, at least 1. */
  int budget(int masks) {
    int wanted = steps.orElse(masks);
    return policy instanceof RevealPolicy.Ancestral ? wanted : Math.min(masks, wanted);
  }

  /**
   * How many of a block's masks the grid leaves after some of its steps: as a share of them for
   * {@link RevealPolicy.Ancestral}, which reveals so many on average, otherwise as a number.
   */
  double left(int masks, int done) {
    return policy instanceof RevealPolicy.Ancestral
        ? masks * grid.share(budget(masks), done)
        : pace().remaining(masks, budget(masks), done);
  }

  private static void probability(String field, OptionalDouble value) {
    if (value.isPresent() && !(value.getAsDouble() > 0 && value.getAsDouble() <= 1)) {
      throw InvalidInputException.of(field, value.getAsDouble(), "more than 0, at most 1");
    }
  }

  /** The grid that the policy's pace follows. */
  StepGrid pace() {
    return policy instanceof RevealPolicy.Linear ? StepGrid.UNIFORM : grid;
  }
}
