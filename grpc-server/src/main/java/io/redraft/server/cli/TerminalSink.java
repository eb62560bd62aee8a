package io.redraft.server.cli;

import io.redraft.proto.v1.Final;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.server.watch.Canvas;
import io.redraft.server.watch.Cell;
import io.redraft.server.watch.Picture;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStyle;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;

/**
 * {@code --watch} on a terminal: the canvas is redrawn in place after every step, changing only
 * what is different; at the end the text stays, with a line of numbers below it.
 */
final class TerminalSink implements EventSink {
  private static final int STATUS_ROWS = 2;

  /** No screen shows more; a faster model is slowed down to it rather than flickering past. */
  private static final long FRAME_NANOS = 1_000_000_000L / 60;

  private final Terminal terminal;
  private final Display display;
  private final boolean colour;
  private final LongSupplier nanoTime;
  private final Canvas canvas = new Canvas();
  private final long start;
  private List<String> below = List.of();
  private List<String> instead = List.of();
  private boolean finished;
  private long lastFrame;
  private final Thread restore = new Thread(this::showCursor, "show-cursor");

  /**
   * A picture on a terminal.
   *
   * @param nanoTime the clock that tokens per second are told by
   */
  TerminalSink(Terminal terminal, boolean colour, LongSupplier nanoTime) {
    this.terminal = terminal;
    this.display = new Display(terminal, false);
    this.colour = colour;
    this.nanoTime = nanoTime;
    this.start = nanoTime.getAsLong();
    this.lastFrame = start - FRAME_NANOS;
    Runtime.getRuntime().addShutdownHook(restore); // Ctrl-C ends the process without a close
    terminal.puts(Capability.cursor_invisible);
    resize();
    terminal.handle(Terminal.Signal.WINCH, signal -> resize());
  }

  @Override
  public void accept(GenerateEvent event) {
    if (event.hasFinal()) {
      finish(event.getFinal());
      return;
    }
    synchronized (this) {
      canvas.apply(event);
    }
    if (!event.hasDraft()) { // a draft comes with its step's commit, and half a step flickers
      pace();
      draw();
    }
  }

  /** What stands below the status from now on. */
  synchronized void below(List<String> lines) {
    below = lines;
    draw();
  }

  /** What stands where the picture was; the picture again if that is nothing. */
  synchronized void instead(List<String> lines) {
    instead = lines;
    draw();
  }

  @Override
  public void close() {
    showCursor();
    try {
      Runtime.getRuntime().removeShutdownHook(restore);
    } catch (IllegalStateException ending) {
      // then it runs once more, which does no harm
    }
  }

  private synchronized void showCursor() {
    terminal.puts(Capability.cursor_normal);
    terminal.flush();
  }

  private synchronized void resize() {
    var size = terminal.getSize();
    display.resize(Math.max(size.getRows(), 3), Math.max(size.getColumns(), 8));
  }

  private synchronized void draw() {
    if (finished) {
      return;
    }
    List<AttributedString> lines = new ArrayList<>();
    if (instead.isEmpty()) {
      lines.addAll(new Picture(columns(), picture(), colour).draw(canvas.cells()));
    } else {
      instead.stream().limit(picture()).map(this::cut).forEach(lines::add);
    }
    lines.add(AttributedString.EMPTY);
    lines.add(status());
    below.stream().map(this::cut).forEach(lines::add);
    display.update(lines, -1);
    terminal.flush();
  }

  private void pace() {
    long early = lastFrame + FRAME_NANOS - nanoTime.getAsLong();
    if (early > 0) {
      LockSupport.parkNanos(early);
    }
    lastFrame = nanoTime.getAsLong();
  }

  private AttributedString status() {
    long pinned = canvas.cells().stream().filter(c -> c.state() == Cell.State.PINNED).count();
    long written = canvas.cells().size() - canvas.open() - pinned;
    double seconds = Math.max(1, nanoTime.getAsLong() - start) / 1e9;
    return faint(
        String.format(
            Locale.ROOT,
            "step %d · %d written, %d open · %.0f tokens/s",
            canvas.step(),
            written,
            canvas.open(),
            written / seconds));
  }

  private synchronized void finish(Final end) {
    finished = true;
    display.update(List.of(), 0);
    double seconds = Math.max(1, nanoTime.getAsLong() - start) / 1e9;
    var usage = end.getUsage();
    var written = canvas.cells().stream().filter(cell -> !cell.open()).toList();
    var text = new Picture(columns(), Integer.MAX_VALUE, colour).settled(written);
    text.forEach(line -> line.println(terminal));
    terminal.writer().println();
    faint(
            String.format(
                Locale.ROOT,
                "%d tokens, %d steps, %d forwards, %.1f tokens a forward, %.0f tokens/s, seed %s",
                usage.getGeneratedTokens(),
                usage.getSteps(),
                usage.getForwards(),
                usage.getTokensPerForward(),
                usage.getGeneratedTokens() / seconds,
                Long.toUnsignedString(end.getSeed())))
        .println(terminal);
    terminal.flush();
  }

  private AttributedString cut(String text) {
    return new AttributedString(text).columnSubSequence(0, columns());
  }

  private AttributedString faint(String text) {
    int end = Math.min(text.length(), columns());
    return new AttributedString(text.substring(0, end), AttributedStyle.DEFAULT.faint());
  }

  private int columns() {
    return Math.max(terminal.getWidth() - 1, 8); // the last column wraps on some terminals
  }

  private int picture() {
    return Math.max(terminal.getHeight() - STATUS_ROWS - below.size(), 1);
  }
}
