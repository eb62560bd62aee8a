package io.redraft.model.train;

import io.redraft.model.nn.NetworkConfig;

/**
 * What is to be written as a model.
 *
 * @param layout order of the weights in training
 * @param weights averaged weights
 * @param tokenizerJson content of {@code tokenizer.json}
 * @param tokens size of that tokenizer; rows of the vocabulary beyond it are not part of the model
 * @param steps steps trained
 * @param passes passes over the training text
 */
public record FinishedNetwork(
    ParameterLayout layout,
    float[] weights,
    String tokenizerJson,
    int tokens,
    long steps,
    double passes) {
  /** The network as it is written. */
  public NetworkConfig network() {
    return layout.network().withVocabulary(tokens);
  }
}
