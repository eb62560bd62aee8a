package io.redraft.model.train.config;

import java.util.Map;

/**
 * How long to train and what to do in between.
 *
 * @param steps optimizer steps in all
 * @param batch sequences in a micro-batch
 * @param accumulate micro-batches in a step
 * @param dropout share of activations dropped after the embedding, attention and feed-forward
 * @param attentionDropout share of attention weights dropped
 * @param logEvery steps between lines of metrics
 * @param evaluateEvery steps between evaluations on the validation documents; 0 for none
 * @param evaluateMasks masks a chunk in those evaluations
 * @param checkpointEvery steps between checkpoints
 * @param maxSkipped steps in a row without a finite gradient that end the run
 */
public record LoopSettings(
    long steps,
    int batch,
    int accumulate,
    double dropout,
    double attentionDropout,
    int logEvery,
    int evaluateEvery,
    int evaluateMasks,
    int checkpointEvery,
    int maxSkipped) {
  public LoopSettings {
    Check.atLeast("training.steps", steps, 1);
    Check.atLeast("training.batch", batch, 1);
    Check.atLeast("training.accumulate", accumulate, 1);
    Check.share("training.dropout", dropout);
    Check.share("training.attention_dropout", attentionDropout);
    Check.atLeast("training.log_every", logEvery, 1);
    Check.atLeast("training.evaluate_every", evaluateEvery, 0);
    Check.atLeast("training.evaluate_masks", evaluateMasks, 1);
    Check.atLeast("training.checkpoint_every", checkpointEvery, 1);
    Check.atLeast("training.max_skipped", maxSkipped, 1);
  }

  /** Whether validation documents are read after a step, which may be the last. */
  public boolean evaluationDue(long step, boolean last) {
    return evaluateEvery > 0 && (step % evaluateEvery == 0 || last);
  }

  static LoopSettings read(Section section) {
    return new LoopSettings(
        section.whole("steps", 10_000),
        section.integer("batch", 64),
        section.integer("accumulate", 1),
        section.number("dropout", 0),
        section.number("attention_dropout", 0),
        section.integer("log_every", 10),
        section.integer("evaluate_every", 1000),
        section.integer("evaluate_masks", 4),
        section.integer("checkpoint_every", 1000),
        section.integer("max_skipped", 100));
  }

  void write(Map<String, Object> out) {
    out.put("training.steps", steps);
    out.put("training.batch", batch);
    out.put("training.accumulate", accumulate);
    out.put("training.dropout", dropout);
    out.put("training.attention_dropout", attentionDropout);
    out.put("training.log_every", logEvery);
    out.put("training.evaluate_every", evaluateEvery);
    out.put("training.evaluate_masks", evaluateMasks);
    out.put("training.checkpoint_every", checkpointEvery);
    out.put("training.max_skipped", maxSkipped);
  }
}
