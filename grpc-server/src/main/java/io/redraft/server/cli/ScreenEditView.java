package io.redraft.server.cli;

import io.redraft.proto.v1.GenerateEvent;
import io.redraft.server.watch.Cell;
import java.io.IOException;
import java.io.Reader;
import java.util.List;

/**
 * {@code --edit} on a terminal: the picture of {@code --watch}, and below it the line that is being
 * typed and what is to be said about the last one.
 */
final class ScreenEditView implements EditView {
  private final TerminalSink screen;
  private final TypedLine input;
  private final AutoCloseable mode;
  private String typed = "";
  private String said = EditLine.ALLOWED;

  /**
   * A view.
   *
   * @param keys what is typed, key by key
   * @param mode gives the terminal its own way of reading back
   */
  ScreenEditView(TerminalSink screen, Reader keys, AutoCloseable mode) {
    this.screen = screen;
    this.mode = mode;
    this.input = new TypedLine(keys, this::typed);
  }

  @Override
  public void accept(GenerateEvent event) {
    if (event.hasFinal()) {
      screen.below(List.of());
    }
    if (!event.hasEditRefused() && !event.hasSettled()) {
      screen.accept(event);
    }
  }

  @Override
  public String readLine() throws IOException {
    String line = input.read();
    if (line != null && !line.isBlank()) {
      screen.instead(List.of());
      say("");
    }
    return line;
  }

  @Override
  public void complain(String problem) {
    say(problem);
  }

  @Override
  public void show(List<Cell> cells) {
    screen.instead(Positions.of(cells));
  }

  @Override
  public void close() {
    screen.close();
    try {
      mode.close();
    } catch (Exception gone) {
      // the terminal is; there is nothing to give back
    }
  }

  private synchronized void typed(String line) {
    typed = line;
    screen.below(List.of("> " + typed + "▏", said));
  }

  private synchronized void say(String line) {
    said = line;
    screen.below(List.of("> " + typed + "▏", said));
  }
}
