package io.redraft.server.cli;

import io.redraft.proto.v1.GenerateEvent;
import io.redraft.server.watch.Canvas;
import io.redraft.server.watch.Cell;
import io.redraft.server.watch.Picture;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;

/**
 * {@code --edit} where there is no terminal: the canvas as one line after every step and every
 * edit, then the text. So a script can do what a person does.
 */
final class LineEditView implements EditView {
  private final PrintWriter out;
  private final PrintWriter err;
  private final BufferedReader in;
  private final Canvas canvas = new Canvas();
  private boolean shown = true;

  LineEditView(PrintWriter out, PrintWriter err, BufferedReader in) {
    this.out = out;
    this.err = err;
    this.in = in;
  }

  @Override
  public synchronized void accept(GenerateEvent event) {
    boolean ends = event.hasFinal() || event.hasSettled() || event.hasEditAccepted();
    boolean goesOn = event.hasEditRefused() || Canvas.stepOf(event) == canvas.step();
    if (ends || !goesOn) {
      printCanvas(); // what came before is complete
    }
    if (event.hasFinal()) {
      out.println(event.getFinal().getText());
      return;
    }
    if (event.hasSettled() || event.hasEditRefused()) {
      return; // nothing has changed
    }
    canvas.apply(event);
    shown = false;
    if (event.hasEditAccepted()) {
      printCanvas();
    }
  }

  @Override
  public String readLine() throws IOException {
    return in.readLine();
  }

  @Override
  public synchronized void complain(String problem) {
    err.println(problem);
    err.flush();
  }

  @Override
  public synchronized void show(List<Cell> cells) {
    Positions.of(cells).forEach(out::println);
    out.flush();
  }

  private void printCanvas() {
    if (!shown) {
      out.printf("%4d  %s%n", canvas.step(), Picture.plain(canvas.cells()));
      out.flush();
      shown = true;
    }
  }
}
