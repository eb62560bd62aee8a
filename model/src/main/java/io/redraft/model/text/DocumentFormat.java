package io.redraft.model.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.model.InvalidInputException;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.function.Consumer;

/** How a file divides into documents. White space around a document is not part of it. */
public sealed interface DocumentFormat {
  /** The whole file is one document. */
  record WholeFile() implements DocumentFormat {
    @Override
    public void read(String file, BufferedReader text, Consumer<String> documents)
        throws IOException {
      StringBuilder whole = new StringBuilder();
      char[] piece = new char[1 << 16];
      for (int count = text.read(piece); count >= 0; count = text.read(piece)) {
        whole.append(piece, 0, count);
      }
      hand(whole, documents);
    }
  }

  /** Every line is a document. */
  record Lines() implements DocumentFormat {
    @Override
    public void read(String file, BufferedReader text, Consumer<String> documents)
        throws IOException {
      for (String line = text.readLine(); line != null; line = text.readLine()) {
        hand(line, documents);
      }
    }
  }

  /** Blank lines stand between documents. */
  record Paragraphs() implements DocumentFormat {
    @Override
    public void read(String file, BufferedReader text, Consumer<String> documents)
        throws IOException {
      StringBuilder paragraph = new StringBuilder();
      for (String line = text.readLine(); line != null; line = text.readLine()) {
        if (line.isBlank()) {
          hand(paragraph, documents);
          paragraph.setLength(0);
        } else {
          paragraph.append(line).append('\n');
        }
      }
      hand(paragraph, documents);
    }
  }

  /** {@code prompt<start>story<end>}: the stories are the documents, prompts are left out. */
  record Stories() implements DocumentFormat {
    private static final String START = "<start>";
    private static final String END = "<end>";

    @Override
    public void read(String file, BufferedReader text, Consumer<String> documents)
        throws IOException {
      StringBuilder story = null;
      long number = 0;
      for (String line = text.readLine(); line != null; line = text.readLine()) {
        number++;
        String rest = line;
        while (true) {
          int tag = rest.indexOf(story == null ? START : END);
          int wrong = rest.indexOf(story == null ? END : START);
          if (wrong >= 0 && (tag < 0 || wrong < tag)) {
            throw at(file, number, (story == null ? END : START) + " out of turn");
          }
          if (tag < 0) {
            break;
          }
          if (story == null) {
            story = new StringBuilder();
            rest = rest.substring(tag + START.length());
          } else {
            hand(story.append(rest, 0, tag), documents);
            story = null;
            rest = rest.substring(tag + END.length());
          }
        }
        if (story != null) {
          story.append(rest).append('\n');
        }
      }
      if (story != null) {
        throw at(file, number, "the last story has no " + END);
      }
    }
  }

  /**
   * JSON, one object a line.
   *
   * @param field name of the field that holds the text
   */
  record JsonLines(String field) implements DocumentFormat {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public void read(String file, BufferedReader text, Consumer<String> documents)
        throws IOException {
      long number = 0;
      for (String line = text.readLine(); line != null; line = text.readLine()) {
        number++;
        if (line.isBlank()) {
          continue;
        }
        JsonNode value;
        try {
          value = JSON.readTree(line).path(field);
        } catch (JsonProcessingException e) {
          throw at(file, number, "not JSON");
        }
        if (!value.isTextual()) {
          throw at(
              file,
              number,
              "field " + field + " is " + (value.isMissingNode() ? "missing" : "no text"));
        }
        hand(value.asText(), documents);
      }
    }
  }

  /**
   * Reads the documents of one file.
   *
   * @param file name of the file, for errors
   */
  void read(String file, BufferedReader text, Consumer<String> documents) throws IOException;

  /**
   * A format by its name: {@code file}, {@code lines}, {@code paragraphs}, {@code stories}, {@code
   * jsonl} (field {@code text}) or {@code jsonl:FIELD}.
   */
  static DocumentFormat named(String name) {
    if (name.startsWith("jsonl:") && name.length() > "jsonl:".length()) {
      return new JsonLines(name.substring("jsonl:".length()));
    }
    return switch (name) {
      case "file" -> new WholeFile();
      case "lines" -> new Lines();
      case "paragraphs" -> new Paragraphs();
      case "stories" -> new Stories();
      case "jsonl" -> new JsonLines("text");
      default ->
          throw InvalidInputException.of(
              "format", name, "file, lines, paragraphs, stories, jsonl, jsonl:FIELD");
    };
  }

  private static void hand(CharSequence document, Consumer<String> documents) {
    String text = document.toString().strip();
    if (!text.isEmpty()) {
      documents.accept(text);
    }
  }

  private static InvalidInputException at(String file, long line, String problem) {
    return new InvalidInputException(file, file + ": line " + line + ": " + problem);
  }
}
