package io.redraft.actors.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RetryDelayTest {
  private final RetryDelay delay = new RetryDelay(Duration.ofSeconds(3));

  private static Instant at(long millis) {
    return Instant.EPOCH.plusMillis(millis);
  }

  /** One ends every {@code each} milliseconds from 0 on. */
  private Instant ends(int count, long each) {
    delay.begins(at(0));
    for (int i = 1; i <= count; i++) {
      delay.ends(at(i * each), false);
    }
    return at(count * each);
  }

  @Test
  void isTheTimeInWhichHalfOfTheQueueBegins() {
    var now = ends(5, 200);
    // Five a second; of ten that wait, half are five, and one more.
    assertThat(delay.hint(10, now)).isEqualTo(Duration.ofMillis(6 * 200));
    assertThat(delay.hint(0, now)).isEqualTo(Duration.ofMillis(200));
  }

  @Test
  void onlyTheLastThirtyTwoCount() {
    ends(10, 5000);
    var now = at(50_000);
    for (int i = 0; i < 32; i++) {
      now = now.plusMillis(250);
      delay.ends(now, false);
    }
    assertThat(delay.hint(2, now)).isEqualTo(Duration.ofMillis(2 * 250));
  }

  @Test
  void growsWhileNothingEnds() {
    var now = ends(2, 1000);
    assertThat(delay.hint(0, now.plusSeconds(8))).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void isWhatTheSettingsSayUntilSomethingHasEnded() {
    assertThat(delay.hint(100, at(0))).isEqualTo(Duration.ofSeconds(3));
    delay.begins(at(0));
    assertThat(delay.hint(100, at(9000))).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void aTimeInWhichNothingRanDoesNotCount() {
    ends(3, 500);
    delay.ends(at(2000), true);
    delay.begins(at(3_600_000));
    delay.ends(at(3_600_400), false);
    assertThat(delay.hint(0, at(3_600_400))).isEqualTo(Duration.ofMillis(400));
  }

  @Test
  void staysBetweenATenthOfASecondAndAMinute() {
    assertThat(delay.hint(1000, ends(4, 10_000))).isEqualTo(Duration.ofSeconds(60));
    var fast = new RetryDelay(Duration.ZERO);
    assertThat(fast.hint(0, at(0))).isEqualTo(Duration.ofMillis(100));
    fast.begins(at(0));
    fast.ends(at(1), false);
    assertThat(fast.hint(3, at(1))).isEqualTo(Duration.ofMillis(100));
  }
}
