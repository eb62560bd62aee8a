package io.redraft.model.evaluate;

import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.text.Tokenizer;

/**
 * A model as evaluation sees it: something that can be asked and that can write.
 *
 * @param name what users call it
 * @param network shape of its network
 * @param tokenizer its tokenizer
 * @param scorer tells cross-entropies
 * @param writer fills canvases
 */
public record ModelUnderTest(
    String name,
    NetworkConfig network,
    Tokenizer tokenizer,
    TokenScorer scorer,
    CanvasWriter writer) {

  /** Whether it reads from left to right only. */
  public boolean causal() {
    return network.attention() == AttentionMode.CAUSAL;
  }

  /** Whether it sees words at any distance behind the one that it writes. */
  public boolean seesWhatComesLater() {
    return network.attention() == AttentionMode.BIDIRECTIONAL;
  }

  /**
   * What stands before a text's first token, for a causal network: its begin token, or else the end
   * of the text before, behind which all documents of a packed training text stand; -1 for neither.
   */
  public int startToken() {
    return network.beginToken() >= 0 ? network.beginToken() : network.endToken();
  }
}
