package io.redraft.server.cli;

import java.io.IOException;
import java.io.PrintWriter;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** Finds out what standard output is. */
final class Terminals {
  private Terminals() {}

  /** A picture in place where standard output is a terminal that can do it, lines elsewhere. */
  static EventSink watch(PrintWriter out) {
    try {
      Terminal terminal =
          TerminalBuilder.builder()
              .system(true)
              .systemOutput(TerminalBuilder.SystemOutput.SysOut)
              .provider("exec") // the others unpack native code at every start
              .encoding("UTF-8")
              .dumb(true)
              .build();
      if (!terminal.getType().startsWith(Terminal.TYPE_DUMB)) {
        boolean colour = System.getenv("NO_COLOR") == null || System.getenv("NO_COLOR").isEmpty();
        return new TerminalSink(terminal, colour, System::nanoTime);
      }
      terminal.close();
    } catch (IOException noTerminal) {
      // then there is nothing to draw on
    }
    return new LineSink(out);
  }
}
