/**
 * How good a network is: the bound (or, for a causal network, the exact loss) in nats per token and
 * bits per byte and character, and the loss by mask ratio. Start at {@link
 * io.redraft.model.evaluate.BoundEvaluator}. Masks are fixed, so that equal weights give equal
 * numbers. How its texts look is another question, which {@link
 * io.redraft.model.evaluate.TextMetrics} answers without a model.
 */
package io.redraft.model.evaluate;
