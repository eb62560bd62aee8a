package io.redraft.model.train.config;

import io.redraft.model.InvalidInputException;
import io.redraft.model.text.DocumentFormat;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What is learned from.
 *
 * @param folder where the files are looked for
 * @param files names of the files, relative to the folder; {@code .xz} is unpacked
 * @param format how a file divides into documents: {@link #SYNTHETIC}, or a name that {@link
 *     DocumentFormat#named} knows
 * @param validation share of the documents that is kept for evaluation and never trained on
 * @param split which documents these are
 * @param documentStarts share of the sequences that begin where a document begins; the others begin
 *     anywhere in the packed text
 */
public record DataSettings(
    Path folder,
    List<String> files,
    String format,
    double validation,
    Split split,
    double documentStarts) {
  /** The format that needs no files: a small text made up on the spot, for trying things out. */
  public static final String SYNTHETIC = "synthetic";

  /** Ways to choose what is kept for evaluation. */
  public enum Split {
    /** By a hash of the document's text, so that equal documents fall on the same side. */
    DOCUMENTS,
    /** The end of the whole text. */
    TAIL
  }

  public DataSettings {
    files = List.copyOf(files);
    var synthetic = format.equals(SYNTHETIC);
    if (!synthetic) {
      checkFormat(format);
    }
    if (files.isEmpty() && !synthetic) {
      throw InvalidInputException.of("data.files", "empty", "one file or more");
    }
    if (!files.isEmpty() && synthetic) {
      throw InvalidInputException.of("data.files", files, "none, for format synthetic");
    }
    Check.share("data.validation", validation);
    Check.fraction("data.document_starts", documentStarts);
  }

  static DataSettings read(Section section) {
    return new DataSettings(
        Path.of(section.text("folder", "")),
        section.texts("files"),
        section.text("format", "file"),
        section.number("validation", 0.01),
        Check.choice("data.split", section.text("split", "documents"), Split.values()),
        section.number("document_starts", 0));
  }

  private static void checkFormat(String format) {
    try {
      DocumentFormat.named(format);
    } catch (InvalidInputException e) {
      throw InvalidInputException.of(
          "data.format", format, "synthetic, file, lines, paragraphs, stories, jsonl, jsonl:FIELD");
    }
  }

  /** The files with their folder. */
  public List<Path> paths() {
    return files.stream().map(folder::resolve).toList();
  }

  void write(Map<String, Object> out) {
    out.put("data.folder", folder.toString());
    out.put("data.files", files);
    out.put("data.format", format);
    out.put("data.validation", validation);
    out.put("data.split", Check.key(split));
    out.put("data.document_starts", documentStarts);
  }
}
