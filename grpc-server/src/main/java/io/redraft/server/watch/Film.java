package io.redraft.server.watch;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.server.watch.Cell.State;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A refinement as an animated SVG, one picture a step, the last one held: what the README shows.
 * Where nothing moves (a reader that asked for less motion, a printer), the finished text is seen.
 *
 * <pre>{@code
 * ./redraft generate --json --seed 7 "Once upon a time" \
 *   | java -cp 'target/redraft/lib/*' io.redraft.server.watch.Film > docs/refinement.svg
 * }</pre>
 */
public final class Film {
  private static final int COLUMNS = 72;
  private static final double CHARACTER = 8.43; // width of a character at 14 pixels, in pixels
  private static final int LINE = 20;
  private static final int MARGIN = 18;
  private static final int STATUS_ROWS = 2; // an empty one, then the status
  private static final double FRAME_SECONDS = 0.16;
  private static final double HOLD_SECONDS = 4;

  private static final String STYLE =
      """
      text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #d7dae0 }
      .PINNED { font-weight: bold; fill: #ffffff } .FRESH { font-weight: bold; fill: #7ee787 }
      .DRAFT { font-style: italic; fill: #6cb6d9 } .MASK, .status { fill: #5c6370 }
      g { visibility: hidden } g.last { visibility: visible }
      @keyframes frame { 0%% { visibility: visible } %1$.3f%% { visibility: hidden } }
      @keyframes hold { 0%% { visibility: visible } %2$.3f%% { visibility: hidden } }
      @media (prefers-reduced-motion: no-preference) {
        g { animation: frame %3$.2fs steps(1) infinite }
        g.last { animation-name: hold }
      }
      """;

  /** One step: its lines, and what stands below them. */
  private record Frame(List<List<Glyph>> lines, String status) {}

  private final List<Frame> frames = new ArrayList<>();
  private final Canvas canvas = new Canvas();
  private String text = "";

  private Film() {}

  /** Reads events as {@code redraft generate --json} prints them, and prints the film. */
  public static void main(String[] args) throws IOException {
    Film film = new Film();
    try (var events =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = events.readLine(); line != null; line = events.readLine()) {
        film.add(parse(line));
      }
    }
    if (film.text.isEmpty()) {
      throw new IllegalArgumentException(
          "no final event: not the whole of redraft generate --json");
    }
    var out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    out.print(film.toSvg());
  }

  /** The film of a whole stream of events. */
  static String of(List<GenerateEvent> events) {
    Film film = new Film();
    events.forEach(film::add);
    return film.toSvg();
  }

  private static GenerateEvent parse(String line) {
    GenerateEvent.Builder event = GenerateEvent.newBuilder();
    try {
      JsonFormat.parser().merge(line, event);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("not an event of redraft generate --json: " + line, e);
    }
    return event.build();
  }

  private void add(GenerateEvent event) {
    boolean next = event.hasFinal() || Canvas.stepOf(event) != canvas.step();
    if (next && !canvas.cells().isEmpty()) {
      shoot(event.hasFinal() ? numbers(event) : "step " + canvas.step());
    }
    text = event.getFinal().getText();
    canvas.apply(event);
  }

  private static String numbers(GenerateEvent event) {
    var usage = event.getFinal().getUsage();
    return "%d tokens in %d forward passes"
        .formatted(usage.getGeneratedTokens(), usage.getForwards());
  }

  private void shoot(String status) {
    frames.add(new Frame(new Picture(COLUMNS, 1, true).wrap(Glyph.of(canvas.cells())), status));
  }

  private String toSvg() {
    // As high as the finished text: a draft that breaks more lines is cut, not given the room.
    int rows = frames.get(frames.size() - 1).lines().size() + STATUS_ROWS;
    double seconds = (frames.size() - 1) * FRAME_SECONDS + HOLD_SECONDS;
    int width = (int) (COLUMNS * CHARACTER) + 2 * MARGIN;
    int height = rows * LINE + 2 * MARGIN;
    StringBuilder svg = new StringBuilder();
    svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ")
        .append(width + " " + height + "\" role=\"img\">\n<title>")
        .append(escape(text))
        .append("</title>\n<style>\n")
        .append(
            String.format(
                Locale.ROOT,
                STYLE,
                100 * FRAME_SECONDS / seconds,
                100 * HOLD_SECONDS / seconds,
                seconds))
        .append("</style>\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#16181d\"/>\n");
    for (int i = 0; i < frames.size(); i++) {
      // In the past, so that every frame knows its turn from the first moment on.
      double delay = i * FRAME_SECONDS - seconds;
      svg.append(i == frames.size() - 1 ? "<g class=\"last\"" : "<g")
          .append(String.format(Locale.ROOT, " style=\"animation-delay:%.2fs\">%n", delay));
      append(svg, frames.get(i), rows);
      svg.append("</g>\n");
    }
    return svg.append("</svg>\n").toString();
  }

  private static void append(StringBuilder svg, Frame frame, int rows) {
    for (int row = 0; row < Math.min(frame.lines().size(), rows - STATUS_ROWS); row++) {
      appendLine(svg, frame.lines().get(row), MARGIN + (row + 1) * LINE - 5);
    }
    svg.append(
        "<text class=\"status\" x=\"%d\" y=\"%d\">%s</text>%n"
            .formatted(MARGIN, MARGIN + rows * LINE - 5, escape(frame.status())));
  }

  private static void appendLine(StringBuilder svg, List<Glyph> line, int y) {
    if (line.isEmpty()) {
      return;
    }
    svg.append("<text xml:space=\"preserve\" x=\"%d\" y=\"%d\">".formatted(MARGIN, y));
    int from = 0;
    while (from < line.size()) {
      State state = line.get(from).state();
      int to = from;
      StringBuilder run = new StringBuilder();
      while (to < line.size() && line.get(to).state() == state) {
        run.append(line.get(to++).text());
      }
      svg.append("<tspan class=\"%s\">%s</tspan>".formatted(state, escape(run.toString())));
      from = to;
    }
    svg.append("</text>\n");
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
