package io.redraft.model.train;

/**
 * What is to be written as a model.
 *
 * @param layout order of the weights
 * @param weights averaged weights
 * @param tokenizerJson content of {@code tokenizer.json}
 * @param steps steps trained
 * @param passes passes over the training text
 */
public record FinishedNetwork(
    ParameterLayout layout, float[] weights, String tokenizerJson, long steps, double passes) {}
