package io.redraft.server.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.redraft.server.watch.Cell.State;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jline.utils.AttributedString;
import org.junit.jupiter.api.Test;

class PictureTest {
  @Test
  void breaksBetweenWordsAndShowsMasksAsBlocks() {
    var cells = cells("Once upon a time", "MASK", "MASK", " there was");
    assertThat(text(new Picture(10, 20, true), cells))
        .containsExactly("Once upon", "a time░░", "there was");
  }

  @Test
  void wordsStayApartWhereALineIsExactlyFull() {
    assertThat(text(new Picture(8, 20, true), cells("in woods with her")))
        .containsExactly("in woods", "with her");
    assertThat(text(new Picture(8, 20, true), cells("in woods\nwith her ")))
        .containsExactly("in woods", "with her");
  }

  @Test
  void aCharacterThatSpansTokensIsWholeWhenBothAreThere() {
    byte[] snowman = "☃".getBytes(StandardCharsets.UTF_8); // three bytes
    var first = cell(State.COMMITTED, Arrays.copyOf(snowman, 1));
    var rest = cell(State.DRAFT, Arrays.copyOfRange(snowman, 1, 3));
    assertThat(text(new Picture(10, 5, true), List.of(first, rest))).containsExactly("☃");
    assertThat(text(new Picture(10, 5, true), List.of(first, Cell.MASKED)))
        .containsExactly("\uFFFD░");
  }

  @Test
  void wideCharactersTakeTwoColumns() {
    assertThat(text(new Picture(5, 5, true), cells("漢字仮名"))).containsExactly("漢字", "仮名");
  }

  @Test
  void combiningMarksStayWithTheirLetter() {
    assertThat(text(new Picture(1, 5, true), cells("e\u0301a"))).containsExactly("e\u0301", "a");
  }

  @Test
  void whatAModelWritesCannotSteerTheTerminal() {
    var cells = cells("a\u001B[2Jb\u0007c\u202Ed");
    for (AttributedString line : new Picture(80, 5, false).draw(cells)) {
      assertThat(line.toString()).isEqualTo("a\uFFFD[2Jb\uFFFDc\uFFFDd");
    }
  }

  @Test
  void draftCommitAndMaskLookDifferentWithAndWithoutColour() {
    for (boolean colour : new boolean[] {true, false}) {
      List<String> looks = new ArrayList<>();
      for (State state : List.of(State.COMMITTED, State.FRESH, State.DRAFT, State.MASK)) {
        var cell = cell(state, "x".getBytes(StandardCharsets.UTF_8));
        looks.add(new Picture(9, 1, colour).draw(List.of(cell)).get(0).toAnsi());
      }
      assertThat(looks).doesNotHaveDuplicates();
      assertThat(String.join("", looks).contains("[32") || String.join("", looks).contains(";32"))
          .as("colour %s", colour)
          .isEqualTo(colour);
    }
  }

  @Test
  void aTextHigherThanTheScreenShowsThePartThatIsBeingWritten() {
    List<Cell> cells = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      cells.add(i == 30 ? Cell.MASKED : cell(State.COMMITTED, "w\n".getBytes()));
    }
    List<String> lines = text(new Picture(20, 10, true), cells);
    assertThat(lines).hasSize(10).anyMatch(line -> line.contains(Glyph.MASK));
  }

  @Test
  void plainTextIsOneLine() {
    assertThat(Picture.plain(cells("a\nb", "MASK"))).isEqualTo("a⏎b░");
  }

  /** Whatever is on the canvas: lines fit, and no visible character is lost. */
  @Property
  void everyLineFitsAndNothingIsLost(
      @ForAll @Size(max = 60) List<@IntRange(max = 4) Integer> choices,
      @ForAll @IntRange(min = 2, max = 12) int columns) {
    String[] vocabulary = {"MASK", " ab", "漢", "\n", "longer-word"};
    List<Cell> cells = cells(choices.stream().map(i -> vocabulary[i]).toArray(String[]::new));
    List<AttributedString> lines = new Picture(columns, 10_000, true).draw(cells);
    assertThat(lines).allMatch(line -> line.columnLength() <= columns);
    String seen = String.join("", lines.stream().map(AttributedString::toString).toList());
    assertThat(seen.replace(" ", "")).isEqualTo(Picture.plain(cells).replaceAll("[ ⏎]", ""));
    // Words that fit a line are never joined: only a word that is too wide touches a break.
    String words = Picture.plain(cells).replace("⏎", " ");
    for (AttributedString line : lines) {
      assertThat(words).contains(line.toString().strip());
    }
  }

  private static List<String> text(Picture picture, List<Cell> cells) {
    return picture.draw(cells).stream().map(line -> line.toString().stripTrailing()).toList();
  }

  static List<Cell> cells(String... pieces) {
    List<Cell> cells = new ArrayList<>();
    for (String piece : pieces) {
      cells.add(
          piece.equals("MASK")
              ? Cell.MASKED
              : cell(State.COMMITTED, piece.getBytes(StandardCharsets.UTF_8)));
    }
    return cells;
  }

  private static Cell cell(State state, byte[] piece) {
    return new Cell(state, ByteString.copyFrom(piece));
  }
}
