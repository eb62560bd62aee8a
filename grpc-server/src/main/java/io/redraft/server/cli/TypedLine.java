package io.redraft.server.cli;

import java.io.IOException;
import java.io.Reader;
import java.util.function.Consumer;

/**
 * Lines out of single keys, for a terminal that neither echoes nor edits: what is typed goes to
 * {@code echo} at every key, so that it can be drawn below a picture that moves. It knows
 * backspace, Ctrl-U, Enter and Ctrl-D; other control keys are left out.
 */
final class TypedLine {
  private static final int CTRL_D = 4;
  private static final int CTRL_U = 21;
  private static final int ESCAPE = 27;
  private static final int DELETE = 127;

  private final Reader keys;
  private final Consumer<String> echo;

  TypedLine(Reader keys, Consumer<String> echo) {
    this.keys = keys;
    this.echo = echo;
  }

  /** The next line; null once there are no keys any more, or Ctrl-D is typed on an empty line. */
  String read() throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      echo.accept(line.toString());
      int key = keys.read();
      if (key == '\r' || key == '\n') {
        echo.accept("");
        return line.toString();
      }
      if (key < 0 || (key == CTRL_D && line.isEmpty())) {
        return null;
      }
      edit(line, key);
    }
  }

  private void edit(StringBuilder line, int key) throws IOException {
    if ((key == '\b' || key == DELETE) && !line.isEmpty()) {
      line.setLength(line.offsetByCodePoints(line.length(), -1));
    } else if (key == CTRL_U) {
      line.setLength(0);
    } else if (key == ESCAPE) {
      skipSequence();
    } else if (!Character.isISOControl(key)) {
      line.append((char) key);
    }
  }

  /** An arrow key, say: ESC, then [ or O, then up to a letter or ~. */
  private void skipSequence() throws IOException {
    int next = keys.read();
    if (next == '[' || next == 'O') {
      do {
        next = keys.read();
      } while (next >= ' ' && next < '@');
    }
  }
}
