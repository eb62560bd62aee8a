/**
 * The forms in which {@code redraft evaluate} tells what it found: a table on a terminal, one JSON
 * object, one HTML page, and the texts as JSON. Start at {@link
 * io.redraft.server.evaluation.EvaluationTable}. They compute nothing; whatever they show is in
 * {@link io.redraft.model.evaluate.suite.SuiteResult}.
 */
package io.redraft.server.evaluation;
