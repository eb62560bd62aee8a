package io.redraft.load.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.load.serve.Standard.Grade;
import io.redraft.load.serve.WayResult.Ratio;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StandardTest {
  @ParameterizedTest
  @CsvSource({
    "1.00, 1.00, EQUAL",
    "1.03, 0.98, EQUAL",
    "0.97, 1.02, EQUAL",
    "1.04, 1.00, WORSE",
    "1.00, 0.97, WORSE",
    "0.90, 0.97, WORSE",
    "0.90, 1.00, NO_WORSE",
    "1.00, 1.05, NO_WORSE",
    "NaN, 1.00, WORSE",
    "1.00, NaN, WORSE"
  })
  void neitherNumberMayBeBoughtWithTheOther(double perplexity, double entropy, Grade grade) {
    assertThat(Standard.USUAL.grade(perplexity, entropy)).isEqualTo(grade);
  }

  @Test
  void aGradeIsCertainIfOneStandardErrorChangesNothing() {
    var exact = new Ratio(1, 0);
    assertThat(Standard.USUAL.certain(new Ratio(1.01, 0.01), exact)).isTrue();
    assertThat(Standard.USUAL.certain(new Ratio(1.01, 0.03), exact)).isFalse();
    assertThat(Standard.USUAL.certain(exact, new Ratio(0.99, 0.02))).isFalse();
    assertThat(Standard.USUAL.certain(exact, new Ratio(1, Double.NaN))).isFalse();
  }
}
