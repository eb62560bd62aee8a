package io.redraft.server.cli;

import io.redraft.proto.v1.AttentionMode;
import io.redraft.proto.v1.Cache;
import io.redraft.proto.v1.Execution;
import io.redraft.proto.v1.GuidanceSchedule;
import io.redraft.proto.v1.RevealPolicy;
import io.redraft.proto.v1.StepGrid;
import io.redraft.proto.v1.Verify;
import picocli.CommandLine.Option;

/** Options that say how masks become tokens. What is not given is left to the model's defaults. */
final class DecodingOptions {
  /** Which candidates a step commits. */
  enum Policy {
    confidence(RevealPolicy.REVEAL_POLICY_CONFIDENCE),
    threshold(RevealPolicy.REVEAL_POLICY_THRESHOLD),
    factor(RevealPolicy.REVEAL_POLICY_FACTOR),
    entropy(RevealPolicy.REVEAL_POLICY_ENTROPY),
    linear(RevealPolicy.REVEAL_POLICY_LINEAR),
    random(RevealPolicy.REVEAL_POLICY_RANDOM),
    ancestral(RevealPolicy.REVEAL_POLICY_ANCESTRAL),
    first_hitting(RevealPolicy.REVEAL_POLICY_FIRST_HITTING);

    final RevealPolicy wire;

    Policy(RevealPolicy wire) {
      this.wire = wire;
    }

    @Override
    public String toString() {
      return name().replace('_', '-');
    }
  }

  /** How masks are spread over steps. */
  enum Grid {
    uniform(StepGrid.STEP_GRID_UNIFORM),
    cosine(StepGrid.STEP_GRID_COSINE);

    final StepGrid wire;

    Grid(StepGrid wire) {
      this.wire = wire;
    }
  }

  /** Which blocks a step of a depth-as-time model runs. */
  enum ExecutionOption {
    suffix(Execution.EXECUTION_SUFFIX),
    local(Execution.EXECUTION_LOCAL),
    band(Execution.EXECUTION_BAND),
    prefix(Execution.EXECUTION_PREFIX);

    final Execution wire;

    ExecutionOption(Execution wire) {
      this.wire = wire;
    }
  }

  /** What steps take from the first step of their block. */
  enum CacheOption {
    none(Cache.CACHE_NONE),
    prefix(Cache.CACHE_PREFIX),
    dual(Cache.CACHE_DUAL),
    delayed(Cache.CACHE_DELAYED);

    final Cache wire;

    CacheOption(Cache wire) {
      this.wire = wire;
    }
  }

  /** Which positions a position sees. */
  enum Attention {
    bidirectional(AttentionMode.ATTENTION_MODE_BIDIRECTIONAL),
    block_causal(AttentionMode.ATTENTION_MODE_BLOCK_CAUSAL);

    final AttentionMode wire;

    Attention(AttentionMode wire) {
      this.wire = wire;
    }

    @Override
    public String toString() {
      return name().replace('_', '-');
    }
  }

  /** How the weight of guidance changes while the masks become fewer. */
  enum Schedule {
    constant(GuidanceSchedule.GUIDANCE_SCHEDULE_CONSTANT),
    linear_up(GuidanceSchedule.GUIDANCE_SCHEDULE_LINEAR_UP),
    linear_down(GuidanceSchedule.GUIDANCE_SCHEDULE_LINEAR_DOWN);

    final GuidanceSchedule wire;

    Schedule(GuidanceSchedule wire) {
      this.wire = wire;
    }

    @Override
    public String toString() {
      return name().replace('_', '-');
    }
  }

  /** What a causal model does with the draft. */
  enum VerifyOption {
    off(Verify.VERIFY_OFF),
    repair(Verify.VERIFY_REPAIR),
    lossless(Verify.VERIFY_LOSSLESS);

    final Verify wire;

    VerifyOption(Verify wire) {
      this.wire = wire;
    }
  }

  @Option(
      names = "--steps",
      paramLabel = "N",
      description =
          "Denoising steps a block. Default: the model's, or one a mask; for threshold, factor and entropy as many as"
              + " they need. Half as many take half the time and repeat words now and then.")
  Integer steps;

  @Option(
      names = "--policy",
      paramLabel = "NAME",
      description =
          "What a step commits: ${COMPLETION-CANDIDATES}. Default: the one whose number is"
              + " given, the model's, or confidence.")
  Policy policy;

  @Option(
      names = "--threshold",
      paramLabel = "P",
      description = "threshold: commit what is at least this probable. Default: 0.9.")
  Double threshold;

  @Option(
      names = "--factor",
      paramLabel = "F",
      description = "factor: commit n while the n-th has c >= 1 - F/(n+1). Default: 1.")
  Double factor;

  @Option(
      names = "--gamma",
      paramLabel = "G",
      description = "entropy: commit while the entropies but the largest sum to G. Default: 0.2.")
  Double gamma;

  @Option(
      names = "--confidence-stop",
      paramLabel = "P",
      description = "Commit a whole block once all of it is at least this probable.")
  Double confidenceStop;

  @Option(
      names = "--remask",
      paramLabel = "P",
      description = "Re-open committed tokens that become less probable than this.")
  Double remask;

  @Option(
      names = "--guidance",
      paramLabel = "W",
      description =
          "Let the fixed text count W + 1 times: classifier-free guidance, 0 (off) to 10. A step computes two"
              + " canvases. Default: the model's, or 0.")
  Double guidance;

  @Option(
      names = "--guidance-schedule",
      paramLabel = "NAME",
      description =
          "How W changes while the masks become fewer: ${COMPLETION-CANDIDATES}. Default: the model's, or"
              + " constant.")
  Schedule guidanceSchedule;

  @Option(
      names = "--patience",
      paramLabel = "N",
      description =
          "Commit a token that has been proposed for N steps in a row, whatever the policy says.")
  Integer patience;

  @Option(
      names = "--window",
      paramLabel = "N",
      description =
          "Look only at the block's first N masks in a step, and commit among them; 0: at all masks. Default: the model's, or 0.")
  Integer window;

  @Option(
      names = "--min-tokens",
      paramLabel = "N",
      description = "No end of text at the first N masks. Default: the model's, or 0.")
  Integer minTokens;

  @Option(
      names = "--batch-invariant",
      negatable = true,
      description =
          "Share no forward pass with another request, so that none can change the text, in any number format."
              + " Default: the model's, or off.")
  Boolean batchInvariant;

  @Option(
      names = "--execution",
      paramLabel = "NAME",
      description =
          "Blocks that a step of a depth-as-time model runs: ${COMPLETION-CANDIDATES}. Default: the model's.")
  ExecutionOption execution;

  @Option(
      names = "--block",
      paramLabel = "N",
      description =
          "Masks a block, left to right; 0: one block over everything. Default: the model's, or 0.")
  Integer block;

  @Option(
      names = "--cache",
      paramLabel = "NAME",
      description =
          "Keys and values that a block's steps take from its first: ${COMPLETION-CANDIDATES}."
              + " Faster steps, another text; only with --block. With --attention block-causal there is no dual, prefix"
              + " changes no text, and delayed keeps the block's committed tokens before its first mask, too. Default: the model's, or none.")
  CacheOption cache;

  @Option(
      names = "--attention",
      paramLabel = "NAME",
      description =
          "Which positions a position sees: ${COMPLETION-CANDIDATES}: with the latter, for models that have learned it,"
              + " its own block and those before it. Default: the model's, or bidirectional.")
  Attention attention;

  @Option(
      names = "--grid",
      paramLabel = "NAME",
      description =
          "How masks are spread over steps: ${COMPLETION-CANDIDATES}. Default: the model's, or"
              + " uniform.")
  Grid grid;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "0 takes the most probable token. Default: the model's, or 0.")
  Double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Keep the K most probable tokens; 0: all. Default: the model's, or 0.")
  Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description =
          "Keep the smallest set of tokens with this probability. Default: the model's, or 1.")
  Double topP;

  @Option(
      names = "--verify",
      paramLabel = "NAME",
      description = {
        "What a causal model does with the draft: ${COMPLETION-CANDIDATES}. repair: mend it where the model was",
        "not sure. lossless: write the causal model's own text, with --block tokens a draft. Default: off."
      })
  VerifyOption verify;

  @Option(
      names = "--repair-confidence",
      paramLabel = "P",
      description = "repair: look at tokens that were less probable than this. Default: 0.7.")
  Double repairConfidence;

  @Option(
      names = "--repair-margin",
      paramLabel = "N",
      description =
          "repair: rewrite where the causal model prefers another token by N nats. Default: 1.")
  Double repairMargin;

  @Option(
      names = "--repair-rounds",
      paramLabel = "N",
      description = "repair: how often spans are looked at. Default: 1.")
  Integer repairRounds;

  /** Whether a causal model is asked for. */
  boolean verifies() {
    return verify != null && verify != VerifyOption.off;
  }
}
