package io.redraft.model.train;

import io.redraft.model.InvalidInputException;
import io.redraft.model.noise.CounterHash;
import io.redraft.model.train.config.DataSettings;
import java.util.ArrayList;
import java.util.List;

/**
 * What is trained on and what is kept for evaluation.
 *
 * <p>With {@link DataSettings.Split#DOCUMENTS} a document's side is a function of the seed and its
 * text, not of its place: a text that occurs twice is never trained on and evaluated on. With
 * {@link DataSettings.Split#TAIL} the end of the text is kept, cut between the documents nearest to
 * the share asked for; nobody looks for duplicates. A single document is cut within, at a
 * character, either way.
 *
 * @param training documents to train on, in their order
 * @param validation documents to evaluate on, in their order
 */
record DocumentSplit(List<String> training, List<String> validation) {
  /**
   * Splits documents.
   *
   * @throws InvalidInputException if no document is left to train on
   */
  static DocumentSplit of(List<String> documents, DataSettings data, long seed) {
    if (data.validation() == 0) {
      return new DocumentSplit(documents, List.of());
    }
    if (documents.size() == 1) {
      return within(documents.get(0), data.validation());
    }
    var split =
        data.split() == DataSettings.Split.TAIL
            ? tail(documents, data.validation())
            : byContent(documents, data.validation(), CounterHash.derive(seed, "validation"));
    if (split.training().isEmpty()) {
      throw InvalidInputException.of(
          "data.validation", data.validation(), "less: no document is left to train on");
    }
    return split;
  }

  private static DocumentSplit within(String text, double share) {
    var characters = Math.max(1, (int) (length(text) * (1 - share)));
    var cut = text.offsetByCodePoints(0, characters);
    return new DocumentSplit(List.of(text.substring(0, cut)), List.of(text.substring(cut)));
  }

  private static DocumentSplit byContent(List<String> documents, double share, long seed) {
    List<String> training = new ArrayList<>();
    List<String> validation = new ArrayList<>();
    for (var document : documents) {
      var kept = CounterHash.unit(CounterHash.derive(seed, document)) < share;
      (kept ? validation : training).add(document);
    }
    return new DocumentSplit(training, validation);
  }

  /** Cuts between two documents, so that each side has one at least. */
  private static DocumentSplit tail(List<String> documents, double share) {
    var all = documents.stream().mapToLong(DocumentSplit::length).sum();
    var wanted = all * (1 - share);
    var cut = 1;
    var before = length(documents.get(0));
    while (cut < documents.size() - 1) {
      var after = before + length(documents.get(cut));
      if (Math.abs(after - wanted) > Math.abs(before - wanted)) {
        break;
      }
      before = after;
      cut++;
    }
    return new DocumentSplit(documents.subList(0, cut), documents.subList(cut, documents.size()));
  }

  private static long length(String text) {
    return text.codePointCount(0, text.length());
  }
}
