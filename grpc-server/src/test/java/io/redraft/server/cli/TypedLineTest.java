package io.redraft.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TypedLineTest {
  @Test
  void whatIsTypedIsShownKeyByKey() throws Exception {
    List<String> shown = new ArrayList<>();
    var line = new TypedLine(new StringReader("pin\r"), shown::add);
    assertThat(line.read()).isEqualTo("pin");
    assertThat(shown).containsExactly("", "p", "pi", "pin", "");
  }

  @Test
  void keysThatEditDoWhatTheySay() throws Exception {
    assertThat(read("pim\u007fn 3\n")).isEqualTo("pin 3");
    assertThat(read("\u007fx\n")).isEqualTo("x");
    assertThat(read("wrong\u0015show\n")).isEqualTo("show");
    assertThat(read("a\uD83D\uDE00\u007fb\n")).as("a character of two units").isEqualTo("ab");
    assertThat(read("a\u001B[1;5Cb\u001BOAc\td\n")).as("arrows and tabs").isEqualTo("abcd");
  }

  @Test
  void theEndOfKeysOrOfAnEmptyLineIsTheEnd() throws Exception {
    assertThat(read("")).isNull();
    assertThat(read("\u0004more\n")).isNull();
    assertThat(read("x\u0004\n")).isEqualTo("x");
  }

  private static String read(String keys) throws Exception {
    return new TypedLine(new StringReader(keys), line -> {}).read();
  }
}
