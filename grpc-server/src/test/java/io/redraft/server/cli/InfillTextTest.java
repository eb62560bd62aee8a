package io.redraft.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import io.redraft.proto.v1.Segment;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InfillTextTest {
  @Test
  void textAndMasksAlternate() {
    assertThat(InfillText.parse("Lily had [MASK:6]. She [MASK]!"))
        .containsExactly(text("Lily had"), mask(6), text(". She"), mask(1), text("!"));
  }

  @Test
  void anEscapedMarkIsText() {
    assertThat(InfillText.parse("write \\[MASK:3] as [MASK:2]"))
        .containsExactly(text("write [MASK:3] as"), mask(2));
    assertThat(InfillText.parse("\\[MASK] and \\[MASKED [MASK]"))
        .containsExactly(text("[MASK] and [MASKED"), mask(1));
  }

  @Test
  void wordsThatOnlyBeginLikeAMarkAreText() {
    assertThat(InfillText.parse("[MASKED] [mask] [MASK:2]"))
        .containsExactly(text("[MASKED] [mask]"), mask(2));
  }

  @Test
  void oneSpaceAfterAWordIsLeftToTheMask() {
    assertThat(InfillText.parse("a [MASK] [MASK]b  [MASK]\n [MASK]"))
        .containsExactly(
            text("a"), mask(1), text(" "), mask(1), text("b  "), mask(1), text("\n "), mask(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[MASK:0]", "[MASK:-1]", "[MASK:x]", "[MASK:]", "[MASK:99999999999]"})
  void wrongCountsAreNamed(String mark) {
    assertThatThrownBy(() -> InfillText.parse("a " + mark))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("--infill is " + mark)
        .hasMessageContaining("allowed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "no mask at all", "\\[MASK:3]", "[MASKED]"})
  void textWithoutAMaskIsRefused(String notation) {
    assertThatThrownBy(() -> InfillText.parse(notation))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("--infill has no mask");
  }

  @Property
  void anyTextSurvivesWhenItsMarksAreEscaped(
      @ForAll String text, @ForAll @IntRange(min = 1, max = 512) int count) {
    String notation = text.replace("[MASK", "\\[MASK") + "|[MASK:" + count + "]";
    assertThat(InfillText.parse(notation)).isEqualTo(List.of(text(text + "|"), mask(count)));
  }

  private static Segment text(String text) {
    return Segment.newBuilder().setText(text).build();
  }

  private static Segment mask(int count) {
    return Segment.newBuilder().setMask(count).build();
  }
}
