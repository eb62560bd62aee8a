package io.redraft.model.train;

import io.redraft.model.InvalidInputException;
import io.redraft.model.evaluate.EvaluationText;
import io.redraft.model.text.BytePairTrainer;
import io.redraft.model.text.ByteTokenizer;
import io.redraft.model.text.Corpus;
import io.redraft.model.text.DocumentFormat;
import io.redraft.model.text.Tokenizer;
import io.redraft.model.text.Tokenizers;
import io.redraft.model.train.config.DataSettings;
import io.redraft.model.train.config.TrainingConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads a run's documents, keeps some of them for evaluation ({@link DocumentSplit}), finds or
 * trains the tokenizer and encodes everything.
 */
public final class TrainingDataLoader {
  private final TrainingConfig config;
  private final RunFolder folder;

  /** A loader for a run. */
  public TrainingDataLoader(TrainingConfig config) {
    this.config = config;
    this.folder = new RunFolder(config.run().folder());
  }

  /**
   * Loads everything; the tokenizer is written into the run's folder, and read from there again.
   */
  public TrainingData load() throws IOException {
    var documents = documents();
    var split = DocumentSplit.of(documents, config.data(), config.run().seed());
    var json = tokenizerJson(documents, split.training());
    var tokenizer = opened(json);
    var end = NetworkChoice.end(tokenizer);
    var packed = new PackedText.Builder();
    encode(tokenizer, split.training()).forEach(document -> packed.add(document, end));
    return new TrainingData(
        tokenizer,
        json,
        packed.build(),
        EvaluationText.of(split.validation(), encode(tokenizer, split.validation()), end));
  }

  private List<String> documents() {
    var data = config.data();
    if (data.format().equals(DataSettings.SYNTHETIC)) {
      return SyntheticText.documents();
    }
    var corpus = new Corpus(data.paths(), DocumentFormat.named(data.format()));
    try {
      return corpus.documents();
    } catch (InvalidInputException e) {
      // Problems of a file come under the file's name; that there is no text at all does not.
      throw e.field().equals(Corpus.FIELD)
          ? InvalidInputException.of(
              "data.files", corpus.files() + ", which holds no text", "at least one document")
          : e;
    }
  }

  /** The tokenizer of the run; one that has checkpoints keeps what it began with. */
  private String tokenizerJson(List<String> documents, List<String> training) throws IOException {
    Path kept = folder.tokenizer();
    if (!CheckpointFolder.steps(folder.checkpoints()).isEmpty() && Files.exists(kept)) {
      return Files.readString(kept);
    }
    var settings = config.tokenizer();
    return switch (settings.kind()) {
      case BYTES -> ByteTokenizer.toJson();
      case CHARACTERS -> Tokenizers.charactersOf(documents);
      case FILE -> {
        Tokenizers.open(settings.file()); // says what is wrong with it, if anything is
        yield Files.readString(settings.file());
      }
      case MODEL -> InitialModel.open(config.model()).tokenizerJson();
      case TRAIN -> {
        var trainer = new BytePairTrainer();
        training.forEach(trainer::add);
        yield trainer.train(settings.entries());
      }
    };
  }

  private static Tokenizer opened(String json) throws IOException {
    var file = Files.createTempFile("tokenizer", ".json");
    try {
      Files.writeString(file, json);
      return Tokenizers.open(file);
    } finally {
      Files.delete(file);
    }
  }

  private static List<int[]> encode(Tokenizer tokenizer, List<String> documents) {
    return documents.parallelStream().map(tokenizer::encode).toList();
  }
}
