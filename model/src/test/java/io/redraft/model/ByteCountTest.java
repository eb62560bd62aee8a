package io.redraft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteCountTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "123, 123",
    "4 GiB, 4294967296",
    "141GB, 141000000000",
    "1.5 kB, 1500",
    "2TiB, 2199023255552"
  })
  void unitsArePowersOf1000Or1024(String text, long bytes) {
    assertThat(ByteCount.parse("x", text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "4 gib", "GiB", "1e9", "9999999999 TiB", "4 GiB more"})
  void anythingElseIsRefusedByItsName(String text) {
    assertThatThrownBy(() -> ByteCount.parse("--memory", text))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("--memory is " + text + "; allowed: a number of bytes such as");
  }

  @Test
  void isShownInTheLargestUnitThatItReaches() {
    assertThat(ByteCount.format(1023)).isEqualTo("1023 B");
    assertThat(ByteCount.format(1536)).isEqualTo("1.5 KiB");
    assertThat(ByteCount.format(5L << 40)).isEqualTo("5.0 TiB");
    assertThat(ByteCount.format(Long.MAX_VALUE)).endsWith(" TiB");
  }
}
