package io.redraft.model.decode;

/**
 * A span that a causal model has had rewritten.
 *
 * @param before the tokens that stood there, with the denoiser's confidence in them
 * @param after those that stand there now; at the same positions
 * @param scoreBefore log-probability in nats under the causal model of the text from the span to
 *     the next span that was rewritten, as it was
 * @param scoreAfter the same of the text as it is now; more than before
 */
public record SpanRepair(
    Candidates before, Candidates after, double scoreBefore, double scoreAfter) {}
