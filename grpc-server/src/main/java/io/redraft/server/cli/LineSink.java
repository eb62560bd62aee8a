package io.redraft.server.cli;

import io.redraft.proto.v1.GenerateEvent;
import io.redraft.server.watch.Canvas;
import io.redraft.server.watch.Picture;
import java.io.PrintWriter;

/**
 * {@code --watch} where there is no terminal: the canvas after every step as one line, then the
 * text.
 */
final class LineSink implements EventSink {
  private final PrintWriter out;
  private final Canvas canvas = new Canvas();

  LineSink(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void accept(GenerateEvent event) {
    if (event.hasFinal()) {
      show();
      out.println(event.getFinal().getText());
    } else {
      if (Canvas.stepOf(event) != canvas.step()) {
        show(); // the step before is complete
      }
      canvas.apply(event);
    }
  }

  private void show() {
    if (!canvas.cells().isEmpty()) {
      out.printf("%4d  %s%n", canvas.step(), Picture.plain(canvas.cells()));
      out.flush();
    }
  }
}
