package io.redraft.model.train;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.text.Tokenizer;
import io.redraft.model.text.Tokenizers;
import io.redraft.model.train.config.TrainingConfig;

/** The network that settings and a tokenizer make together. */
public final class NetworkChoice {
  private NetworkChoice() {}

  /** The network; a denoiser needs a vocabulary with a mask. */
  public static NetworkConfig of(TrainingConfig config, Tokenizer tokenizer) {
    var mask = tokenizer.special(Tokenizers.MASK);
    var end = end(tokenizer);
    var initial = config.model().initial();
    if (config.model().attention() != AttentionMode.CAUSAL && mask < 0) {
      throw InvalidInputException.of(
          initial == null ? "tokenizer.file" : "model.initial",
          initial == null ? config.tokenizer().file() : initial,
          "a tokenizer with the special token " + Tokenizers.MASK + ", for a denoiser");
    }
    return config.model().network(tokenizer.vocabularySize(), mask, end);
  }

  /** The token that ends a text, by the names that vocabularies give it, or -1. */
  static int end(Tokenizer tokenizer) {
    for (var name : new String[] {Tokenizers.END_OF_TEXT, "</s>", "[SEP]"}) {
      if (tokenizer.special(name) >= 0) {
        return tokenizer.special(name);
      }
    }
    return -1;
  }
}
