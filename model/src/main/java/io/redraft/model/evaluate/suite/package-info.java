/**
 * The evaluation of model folders as {@code redraft evaluate} runs it: which metrics, on which
 * text, of which models, beside which baselines. Start at {@link
 * io.redraft.model.evaluate.suite.EvaluationSuite}. What is measured and how is decided one package
 * above; here are files, devices and the order of work, and everything that a user can mend is
 * refused before the first forward pass.
 */
package io.redraft.model.evaluate.suite;
