package io.redraft.load.measure;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.redraft.model.files.AtomicFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What a measurement found: tables for the reader, and the same numbers as JSON for a program. */
public final class Report {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final PrintWriter out;
  private final Map<String, Object> fields = new LinkedHashMap<>();

  /** A report on this machine; its head is printed at once. */
  public Report(String title, PrintWriter out) {
    this.out = out;
    Machine machine = Machine.now();
    fields.put("measurement", title);
    fields.put("machine", machine);
    out.println(title + ": " + machine.line());
    out.flush();
  }

  /** Records, series, maps and numbers that belong into the JSON file. */
  public Report put(String name, Object value) {
    fields.put(name, value);
    return this;
  }

  /** Prints a table, with an empty line and its caption before it. */
  public Report table(String caption, Table table) {
    out.println();
    out.println(caption);
    out.print(table);
    out.flush();
    return this;
  }

  /** Prints one line. */
  public Report line(String text) {
    out.println(text);
    out.flush();
    return this;
  }

  /** Writes the JSON file, if one is wanted. */
  public void write(Optional<Path> file) throws IOException {
    if (file.isPresent()) {
      fields.put("load at the end", Machine.loadNow());
      AtomicFiles.write(file.get(), JSON.writeValueAsBytes(fields));
    }
  }
}
