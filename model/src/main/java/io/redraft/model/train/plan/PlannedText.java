package io.redraft.model.train.plan;

import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.text.Tokenizers;
import io.redraft.model.train.TrainingData;
import io.redraft.model.train.TrainingDataLoader;
import io.redraft.model.train.config.CacheSettings;
import io.redraft.model.train.config.TokenizerSettings;
import io.redraft.model.train.config.TrainingConfig;
import java.io.IOException;

/**
 * What a plan knows of a run's text. It is read only where something depends on it: the size of a
 * cache, or a vocabulary that is not known without it.
 *
 * @param vocabulary rows of the embedding
 * @param tokens tokens of the training text; 0 where nobody asks
 * @param heldOut tokens of the held-out text; 0 where it was not read
 */
public record PlannedText(int vocabulary, long tokens, int heldOut) {
  /**
   * Finds out about the text.
   *
   * @param tokens tokens of the training text where they are known; 0 to count them if need be
   * @throws io.redraft.model.InvalidInputException if a file that has to be read cannot be
   */
  public static PlannedText of(TrainingConfig config, long tokens) throws IOException {
    var cached = config.curriculum().cache().kind() != CacheSettings.Kind.NONE;
    var asked = config.model().vocabulary();
    var counts = cached && tokens == 0;
    var reads = config.tokenizer().kind() == TokenizerSettings.Kind.CHARACTERS && asked == 0;
    if (!counts && !reads) {
      return new PlannedText(asked > 0 ? asked : entries(config.tokenizer()), tokens, 0);
    }
    TrainingData data = new TrainingDataLoader(config).load();
    return new PlannedText(
        Math.max(asked, data.tokenizer().vocabularySize()),
        tokens > 0 ? tokens : data.training().length(),
        data.validation().tokens().length);
  }

  private static int entries(TokenizerSettings tokenizer) {
    return switch (tokenizer.kind()) {
      case FILE -> Tokenizers.open(tokenizer.file()).vocabularySize();
      case TRAIN -> tokenizer.entries();
      default -> TokenizerSettings.FEWEST_ENTRIES;
    };
  }

  /** The network to plan for; which of its tokens are special does not matter. */
  public NetworkConfig network(TrainingConfig config) {
    return config.model().network(vocabulary, vocabulary - 1, vocabulary - 2);
  }
}
