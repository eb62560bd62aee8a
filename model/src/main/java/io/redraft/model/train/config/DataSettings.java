package io.redraft.model.train.config;

import io.redraft.model.InvalidInputException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What is learned from.
 *
 * @param folder where the files are looked for
 * @param files names of the files, relative to the folder; {@code .xz} is unpacked
 * @param format how a file divides into documents
 * @param validation share of the documents that is kept for evaluation and never trained on
 * @param documentStarts share of the sequences that begin where a document begins; the others begin
 *     anywhere in the packed text
 */
public record DataSettings(
    Path folder, List<String> files, Format format, double validation, double documentStarts) {
  /** How a file divides into documents. */
  public enum Format {
    /** Plain text; the whole file is one document. */
    TEXT,
    /** JSON lines with a field {@code text}. */
    JSONL,
    /** {@code prompt<start>story<end>}; the story alone is kept. */
    STORIES,
    /** A small text made up on the spot, for trying things out; no files. */
    SYNTHETIC
  }

  public DataSettings {
    files = List.copyOf(files);
    if (files.isEmpty() && format != Format.SYNTHETIC) {
      throw InvalidInputException.of("data.files", "empty", "one file or more");
    }
    if (!files.isEmpty() && format == Format.SYNTHETIC) {
      throw InvalidInputException.of("data.files", files, "none, for format synthetic");
    }
    Check.share("data.validation", validation);
    Check.fraction("data.document_starts", documentStarts);
  }

  static DataSettings read(Section section) {
    return new DataSettings(
        Path.of(section.text("folder", "")),
        section.texts("files"),
        Check.choice("data.format", section.text("format", "text"), Format.values()),
        section.number("validation", 0.01),
        section.number("document_starts", 0));
  }

  /** The files with their folder. */
  public List<Path> paths() {
    return files.stream().map(folder::resolve).toList();
  }

  void write(Map<String, Object> out) {
    out.put("data.folder", folder.toString());
    out.put("data.files", files);
    out.put("data.format", Check.key(format));
    out.put("data.validation", validation);
    out.put("data.document_starts", documentStarts);
  }
}
