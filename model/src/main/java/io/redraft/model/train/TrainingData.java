package io.redraft.model.train;

import io.redraft.model.evaluate.EvaluationText;
import io.redraft.model.text.Tokenizer;

/**
 * What a run learns from, ready to be read.
 *
 * @param tokenizer text to tokens
 * @param tokenizerJson the tokenizer as the content of a {@code tokenizer.json}
 * @param training the documents to train on
 * @param validation the documents kept for evaluation; no tokens where none are kept
 */
public record TrainingData(
    Tokenizer tokenizer, String tokenizerJson, PackedText training, EvaluationText validation) {}
