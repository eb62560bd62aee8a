package io.redraft.server.cli;

import java.io.BufferedReader;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Scanner;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.terminal.impl.exec.ExecTerminalProvider;
import org.jline.terminal.spi.SystemStream;

/** Finds out what standard output is. */
final class Terminals {
  private Terminals() {}

  /** A picture in place where standard output is a terminal that can do it, lines elsewhere. */
  static EventSink watch(PrintWriter out) {
    try {
      Terminal terminal = terminal();
      return terminal == null ? new LineSink(out) : picture(terminal);
    } catch (IOException unknown) {
      return new LineSink(out);
    }
  }

  /** The same with a line to type in, where standard input is a terminal, too. */
  static EditView edit(PrintWriter out, PrintWriter err) {
    try {
      Terminal terminal =
          new ExecTerminalProvider().isSystemStream(SystemStream.Input) ? terminal() : null;
      if (terminal != null) {
        Attributes before = terminal.enterRawMode();
        return new ScreenEditView(
            picture(terminal), terminal.reader(), () -> terminal.setAttributes(before));
      }
    } catch (IOException unknown) {
      // lines will do
    }
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    return new LineEditView(out, err, in);
  }

  private static TerminalSink picture(Terminal terminal) {
    String noColour = System.getenv("NO_COLOR");
    boolean colour = noColour == null || noColour.isEmpty();
    return new TerminalSink(terminal, colour, System::nanoTime);
  }

  /** Standard output as a terminal that can do it; null if it is none. */
  private static Terminal terminal() throws IOException {
    String type = System.getenv("TERM");
    if (type == null || type.isEmpty() || type.startsWith(Terminal.TYPE_DUMB)) {
      return null;
    }
    // The exec provider, because the others unpack native code at every start.
    return new ExecTerminalProvider().isSystemStream(SystemStream.Output) ? terminal(type) : null;
  }

  private static Terminal terminal(String type) throws IOException {
    Terminal system =
        TerminalBuilder.builder()
            .system(true)
            .systemOutput(TerminalBuilder.SystemOutput.SysOut)
            .provider("exec")
            .encoding(StandardCharsets.UTF_8)
            .dumb(true)
            .build();
    if (!system.getType().startsWith(Terminal.TYPE_DUMB)) {
      return system;
    }
    // Standard input is no terminal, which the provider needs; the picture does not.
    system.close();
    return TerminalBuilder.builder()
        .system(false)
        .streams(InputStream.nullInputStream(), new FileOutputStream(FileDescriptor.out))
        .provider("exec")
        .type(type)
        .size(size())
        .encoding(StandardCharsets.UTF_8)
        .paused(true)
        .build();
  }

  /** Asks the terminal that the process belongs to, whatever standard input is. */
  private static Size size() throws IOException {
    Process stty = new ProcessBuilder("stty", "size").redirectInput(new File("/dev/tty")).start();
    try (Scanner numbers = new Scanner(stty.getInputStream(), StandardCharsets.UTF_8)) {
      int rows = numbers.hasNextInt() ? numbers.nextInt() : 24;
      int columns = numbers.hasNextInt() ? numbers.nextInt() : 80;
      return new Size(columns, rows);
    }
  }
}
