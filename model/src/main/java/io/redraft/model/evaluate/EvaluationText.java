package io.redraft.model.evaluate;

/**
 * A text to evaluate on.
 *
 * @param tokens token ids, with an end of text after each document
 * @param bytes UTF-8 bytes of the documents
 * @param characters code points of the documents
 */
public record EvaluationText(int[] tokens, long bytes, long characters) {}
