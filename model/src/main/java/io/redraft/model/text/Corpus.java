package io.redraft.model.text;

import io.redraft.model.InvalidInputException;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * Documents in files, read as a stream and in order; {@code .xz} and {@code .gz} files are unpacked
 * on the way. Text must be UTF-8, and there must be some.
 *
 * @param files the files, in reading order
 * @param format how each divides into documents
 */
public record Corpus(List<Path> files, DocumentFormat format) {
  /** What a corpus without any text is refused as. */
  public static final String FIELD = "corpus";

  /** Memory that unpacking may take, in KiB; the strongest xz preset needs 65 MiB. */
  private static final int XZ_MEMORY = 256 << 10;

  public Corpus {
    files = List.copyOf(files);
  }

  /**
   * Hands every document to {@code documents}.
   *
   * @throws InvalidInputException if a file is missing, damaged, not UTF-8 or not of the format, or
   *     if there is no document at all; the message names the file and the place
   */
  public void forEach(Consumer<String> documents) {
    boolean[] any = new boolean[1];
    for (Path path : files) {
      read(
          path,
          document -> {
            any[0] = true;
            documents.accept(document);
          });
    }
    if (!any[0]) {
      throw InvalidInputException.of(
          FIELD, files + ", which holds no text", "at least one document");
    }
  }

  /** All documents at once. */
  public List<String> documents() {
    List<String> documents = new ArrayList<>();
    forEach(documents::add);
    return documents;
  }

  private void read(Path path, Consumer<String> documents) {
    String file = path.toString();
    if (Files.isDirectory(path)) {
      throw InvalidInputException.of(file, "a folder", "a text file");
    }
    try (InputStream stored = new BufferedInputStream(Files.newInputStream(path), 1 << 16);
        BufferedReader text =
            new BufferedReader(new StrictUtf8Reader(file, unpacked(file, stored)))) {
      format.read(file, text, documents);
    } catch (NoSuchFileException e) {
      throw InvalidInputException.of(file, "missing", "a text file");
    } catch (IOException e) {
      String problem = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw new InvalidInputException(file, file + ": cannot be read: " + problem);
    }
  }

  private static InputStream unpacked(String file, InputStream stored) throws IOException {
    if (file.endsWith(".xz")) {
      return new XZInputStream(stored, XZ_MEMORY);
    }
    return file.endsWith(".gz") ? new GZIPInputStream(stored, 1 << 16) : stored;
  }
}
