package io.redraft.model.decode;

import io.redraft.model.decode.Verification.Verdict;

/**
 * What a causal model has done for a text.
 *
 * @param verdict how it ended
 * @param checks passes of the causal model
 * @param drafted tokens that were drafted and checked (lossless)
 * @param accepted how many of them the causal model would have drawn too
 * @param scored spans that it has scored (repair)
 * @param repaired how many of them were rewritten for good
 * @param changed tokens that are others than in the draft
 */
public record Verified(
    Verdict verdict, int checks, int drafted, int accepted, int scored, int repaired, int changed) {
  /** After a pass that scored spans. */
  Verified scored(int spans) {
    return new Verified(verdict, checks + 1, drafted, accepted, scored + spans, repaired, changed);
  }

  /** After a pass that judged rewritten spans. */
  Verified repaired(int spans, int tokens) {
    return new Verified(
        verdict, checks + 1, drafted, accepted, scored, repaired + spans, changed + tokens);
  }

  /** With another end. */
  Verified ended(Verdict how) {
    return new Verified(how, checks, drafted, accepted, scored, repaired, changed);
  }
}
