package io.redraft.model.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** The page as a parser sees it: well-formed, and with the texts that went in. */
class HtmlReportTest {
  private static final String NASTY =
      "</td><script>alert('&')</script> \"q\" ]]> &amp; \u0000 \uD800 🙂";

  private static final String NASTY_READ =
      NASTY.replace('\u0000', '\uFFFD').replace('\uD800', '\uFFFD');

  private static Document parse(HtmlReport report) throws Exception {
    var bytes = report.html().getBytes(StandardCharsets.UTF_8);
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(bytes));
  }

  private static List<Element> elements(Document page, String name) {
    var found = page.getElementsByTagName(name);
    return IntStream.range(0, found.getLength()).mapToObj(i -> (Element) found.item(i)).toList();
  }

  private static HtmlReport everything() {
    double[] x = {1, 2, 3};
    return HtmlReport.titled(NASTY)
        .heading(NASTY)
        .subheading(NASTY)
        .paragraph(NASTY)
        .facts(Map.of(NASTY, NASTY))
        .table(Table.of(NASTY, List.of(NASTY, NASTY)).row(NASTY, NASTY))
        .chart(LineChart.of(NASTY, NASTY, NASTY).series(NASTY, x, x).level(NASTY, 2))
        .texts(List.of(new SampleText(NASTY, List.of(new SampleText.Part(NASTY, true)))))
        .preformatted(NASTY, NASTY);
  }

  @Test
  void whateverGoesInComesOutAsText() throws Exception {
    var page = parse(everything());
    assertThat(elements(page, "script")).isEmpty();
    for (var element :
        List.of(
            "title", "h1", "h2", "h3", "p", "dt", "dd", "caption", "th", "td", "pre", "mark",
            "summary")) {
      assertThat(elements(page, element))
          .as(element)
          .isNotEmpty()
          .anyMatch(e -> e.getTextContent().equals(NASTY_READ));
    }
  }

  @Test
  void nothingIsFetchedAndNothingRuns() {
    assertThat(everything().html())
        .doesNotContain("src=", "href=", "url(", "@import", "<script", "onload")
        .contains("prefers-color-scheme: dark");
  }

  @Property(tries = 200)
  void anyTextGivesAWellFormedPage(@ForAll String text) throws Exception {
    var page = parse(HtmlReport.titled(text).texts(List.of(SampleText.of(text, text))));
    assertThat(elements(page, "figcaption")).hasSize(1);
  }

  @Test
  void columnsOfNumbersAreAlignedToTheRight() throws Exception {
    var table =
        Table.of("", List.of("name", "nats", "share", "kind"))
            .row("a", "2.4178", "3.50 %", "exact")
            .row("b", "–", "-1e-5", "12");
    var cells = elements(parse(HtmlReport.titled("t").table(table)), "td");
    assertThat(cells)
        .extracting(c -> c.getAttribute("class"))
        .containsExactly("n", "n", "", "n", "n", "");
    assertThatThrownBy(() -> table.row("too few")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aLineGoesThroughItsPoints() throws Exception {
    // Rounded axis 0..4 over 300..24, x from 0 to 4 over 58..906: a step is 212 wide and 69 high.
    var chart =
        LineChart.of("t", "x", "y").series("s", new double[] {0, 1, 4}, new double[] {0, 4, 1});
    var page = parse(HtmlReport.titled("t").chart(chart));
    var line = elements(page, "polyline").get(0);
    assertThat(line.getAttribute("points")).isEqualTo("58,300 270,24 906,231");
    assertThat(elements(page, "circle")).hasSize(3);
    assertThat(elements(page, "title")).extracting(Element::getTextContent).contains("s: 4, 1");
  }

  @Test
  void valuesThatCannotBeShownInterruptTheLine() throws Exception {
    var chart =
        LineChart.of("t", "x", "y")
            .logY()
            .series("s", new double[] {0, 1, 2, 3, 4, 5}, new double[] {1, 2, 0, 3, Double.NaN, 4});
    assertThat(elements(parse(HtmlReport.titled("t").chart(chart)), "polyline")).hasSize(3);
    var nothing =
        LineChart.of("t", "x", "y").series("s", new double[] {1}, new double[] {Double.NaN});
    assertThat(nothing.isEmpty()).isTrue();
    var page = parse(HtmlReport.titled("t").chart(nothing));
    assertThat(elements(page, "polyline")).isEmpty();
    assertThat(elements(page, "p").get(0).getTextContent()).isEqualTo("Nothing to show.");
  }

  @Test
  void aLongSeriesIsDrawnInLittleSpaceWithItsOutliers() throws Exception {
    var x = IntStream.range(0, 200_000).asDoubleStream().toArray();
    var y = new double[x.length];
    Arrays.fill(y, 1);
    y[123_456] = 9;
    var report = HtmlReport.titled("t").chart(LineChart.of("t", "x", "y").series("s", x, y));
    assertThat(report.html().length()).isLessThan(60_000);
    // The axis goes from 0 to 10: 9 is at 300 - 0.9 * 276.
    var points = elements(parse(report), "polyline").get(0).getAttribute("points").split(" ");
    List<String> high = new ArrayList<>(List.of(points));
    high.removeIf(point -> !point.endsWith(",51.6"));
    assertThat(high).hasSize(1);
    var across = Double.parseDouble(high.get(0).split(",")[0]);
    assertThat(across).isCloseTo(58 + 848 * 123_456 / 199_999.0, within(0.1));
  }

  @Test
  void severalLinesAreNamedInALegendAndOneIsNot() throws Exception {
    double[] x = {1, 2};
    var one = LineChart.of("t", "x", "y").series("alone", x, x);
    assertThat(HtmlReport.titled("t").chart(one).html()).doesNotContain("class=\"legend\"");
    one.level("guess", 3);
    var page = parse(HtmlReport.titled("t").chart(one));
    assertThat(elements(page, "span"))
        .extracting(Element::getTextContent)
        .containsExactly("alone", "guess");
  }

  @Test
  void theFileIsThePage(@TempDir Path folder) throws Exception {
    var file = folder.resolve("new").resolve("report.html");
    everything().write(file);
    assertThat(Files.readString(file)).isEqualTo(everything().html());
  }
}
