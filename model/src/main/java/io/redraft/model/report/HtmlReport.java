package io.redraft.model.report;

import io.redraft.model.files.AtomicFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * One self-contained HTML page, built from top to bottom.
 *
 * <pre>{@code
 * HtmlReport.titled("Run stories-12m")
 *     .facts(Map.of("model", "12.0 M parameters"))
 *     .heading("Curves")
 *     .charts(List.of(loss, learningRate))
 *     .heading("Samples")
 *     .texts(samples)
 *     .write(Path.of("report.html"));
 * }</pre>
 */
public final class HtmlReport {
  /** Texts that are seen without opening the rest. */
  private static final int TEXTS_SHOWN = 4;

  private final String title;
  private final Markup body = new Markup();

  private HtmlReport(String title) {
    this.title = title;
  }

  /** A report that has nothing but a title. */
  public static HtmlReport titled(String title) {
    return new HtmlReport(title);
  }

  /** Begins a section. */
  public HtmlReport heading(String heading) {
    body.leaf("h2", heading).line();
    return this;
  }

  /** Begins a part of a section. */
  public HtmlReport subheading(String heading) {
    body.leaf("h3", heading).line();
    return this;
  }

  /** Adds a paragraph. */
  public HtmlReport paragraph(String text) {
    body.leaf("p", text).line();
    return this;
  }

  /** Adds a list of names and what they are, in the map's order. */
  public HtmlReport facts(Map<String, String> facts) {
    body.open("dl");
    facts.forEach((name, value) -> body.leaf("dt", name).leaf("dd", value).line());
    body.close().line();
    return this;
  }

  /** Adds a table; one without rows is left out. */
  public HtmlReport table(Table table) {
    if (!table.isEmpty()) {
      table.write(body);
    }
    return this;
  }

  /** Adds a chart over the whole width. */
  public HtmlReport chart(LineChart chart) {
    SvgChart.wide(chart, body);
    return this;
  }

  /** Adds charts beside each other, as many as the window is wide enough for. */
  public HtmlReport charts(List<LineChart> charts) {
    body.open("div", "class", "charts").line();
    charts.forEach(chart -> SvgChart.narrow(chart, body));
    body.close().line();
    return this;
  }

  /** Adds texts to look at: the first few, and the rest to be unfolded. */
  public HtmlReport texts(List<SampleText> texts) {
    texts.stream().limit(TEXTS_SHOWN).forEach(text -> text.write(body));
    if (texts.size() > TEXTS_SHOWN) {
      body.open("details").leaf("summary", texts.size() - TEXTS_SHOWN + " more").line();
      texts.stream().skip(TEXTS_SHOWN).forEach(text -> text.write(body));
      body.close().line();
    }
    return this;
  }

  /** Adds text whose lines stay as they are, such as the settings of a run, to be unfolded. */
  public HtmlReport preformatted(String summary, String text) {
    body.open("details").leaf("summary", summary).leaf("pre", text).close().line();
    return this;
  }

  /** The page. */
  public String html() {
    var head = new Markup();
    head.open("head")
        .empty("meta", "charset", "utf-8")
        .empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1")
        .leaf("title", title)
        .open("style")
        .line()
        .text(Style.SHEET)
        .close()
        .close();
    var heading = new Markup().leaf("h1", title);
    return "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n"
        + head
        + "\n<body>\n"
        + heading
        + "\n"
        + body
        + "</body>\n</html>\n";
  }

  /** Writes the page; the file appears whole or not at all. */
  public void write(Path file) throws IOException {
    AtomicFiles.write(file, html().getBytes(StandardCharsets.UTF_8));
  }
}
