package io.redraft.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EditLineTest {
  @Test
  void spansIncludeBothEnds() {
    var span = EditLine.parse("pin 3-9").edit().getPin().getSpan();
    assertThat(span.getFrom()).isEqualTo(3);
    assertThat(span.getLength()).isEqualTo(7);
    assertThat(EditLine.parse(" reopen 5 ").edit().getReopen().getSpan().getLength()).isEqualTo(1);
  }

  @Test
  void aReplacementIsWhatFollowsOneSpace() {
    assertThat(EditLine.parse("replace 3-5 new words").edit().getReplace().getText())
        .isEqualTo("new words");
    assertThat(EditLine.parse("replace 3-5  new ").edit().getReplace().getText())
        .isEqualTo(" new ");
    assertThat(EditLine.parse("replace 3-5").edit().getReplace().getText()).isEmpty();
    var inserted = EditLine.parse("insert 4 x-2 y").edit().getReplace();
    assertThat(inserted.getSpan().getFrom()).isEqualTo(4);
    assertThat(inserted.getSpan().getLength()).isZero();
    assertThat(inserted.getText()).isEqualTo("x-2 y");
  }

  @Test
  void moreMasksComeAtTheEndOrWhereTheyAreWanted() {
    assertThat(EditLine.parse("extend 16").edit().getExtend().hasAt()).isFalse();
    var extend = EditLine.parse("extend 16 at 0").edit().getExtend();
    assertThat(extend.getCount()).isEqualTo(16);
    assertThat(extend.hasAt()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pin", "pin x", "pin 3-", "pin 9-3", "pin 3-9 more", "pin -1", "pin 99999999999",
        "replace", "replace x y", "insert 3", "insert 3-4 x", "extend", "extend -4",
            "extend 4 to 3",
        "show me", "done now", "unpin 3", "PIN 3"
      })
  void anythingElseIsOneLineWithWhatIsAllowed(String line) {
    assertThatThrownBy(() -> EditLine.parse(line))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("edit is \"" + line + "\"; allowed: " + EditLine.ALLOWED);
  }
}
