package io.redraft.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.actors.serving.RequestLimits;
import io.redraft.actors.serving.StreamSettings;
import io.redraft.model.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeSettingsTest {
  @TempDir Path folder;

  private NodeSettings load(String hocon) throws IOException {
    var file = Files.writeString(folder.resolve("node.conf"), hocon);
    return NodeSettings.load(Optional.of(file), Map.of());
  }

  private AbstractThrowableAssert<?, ?> assertRefused(String hocon) {
    return assertThatThrownBy(() -> load(hocon))
        .isInstanceOf(InvalidInputException.class)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
  }

  @Test
  void aNodeThatIsToldNothingHasDefaults() {
    var serving = NodeSettings.defaults().serving();
    assertThat(serving.maxSessions()).isEqualTo(64);
    assertThat(serving.drainTimeout()).isEqualTo(Duration.ofSeconds(20));
    assertThat(serving.editIdleTimeout()).isEqualTo(Duration.ofMinutes(5));
    assertThat(NodeSettings.defaults().device()).isEqualTo(new DeviceSettings("cpu", "float32"));
  }

  @Test
  void theOperatorsFileOverridesDefaultsAndTheCommandLineOverridesBoth() throws IOException {
    var file =
        Files.writeString(
            folder.resolve("a.conf"),
            "redraft.serving { max-sessions = 3, max-queued = 4, retry-after = 250 ms }");
    var serving =
        NodeSettings.load(Optional.of(file), Map.of("redraft.serving.max-queued", 5)).serving();
    assertThat(serving.maxSessions()).isEqualTo(3);
    assertThat(serving.maxQueued()).isEqualTo(5);
    assertThat(serving.retryAfter()).isEqualTo(Duration.ofMillis(250));
  }

  @Test
  void anUnknownKeyIsRefusedWithItsNameItsLineAndItsNeighbours() {
    assertRefused("redraft {\n serving.max-sesions = 3 }")
        .hasMessageContaining("redraft.serving.max-sesions")
        .hasMessageContaining("node.conf: 2")
        .hasMessageContaining("max-sessions");
    assertRefused("redraft.servng.max-sessions = 3").hasMessageContaining("redraft.servng");
    assertRefused("serving.max-sessions = 3").hasMessageContaining("allowed here: redraft");
  }

  @Test
  void anUnknownKeyFromTheCommandLineIsRefused() {
    assertThatThrownBy(() -> NodeSettings.load(Optional.empty(), Map.of("redraft.nothing", 1)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("redraft.nothing");
  }

  @Test
  void aValueOfTheWrongKindIsRefusedWithItsKey() {
    assertRefused("redraft.serving.max-sessions = lots")
        .hasMessageContaining("redraft.serving.max-sessions");
    assertRefused("redraft.serving.retry-after = 3 parsecs")
        .hasMessageContaining("redraft.serving.retry-after");
    assertRefused("redraft.serving.max-batch = { a = 1 }")
        .hasMessageContaining("redraft.serving.max-batch");
    assertRefused("redraft.serving = 7").hasMessageContaining("redraft.serving");
  }

  @Test
  void aValueOutOfRangeIsRefusedWithWhatIsAllowed() {
    assertRefused("redraft.serving.max-sessions = 0")
        .hasMessage("redraft.serving.max-sessions is 0; allowed: 1 or more");
    assertRefused("redraft.serving.drain-timeout = -1 s")
        .hasMessageContaining("redraft.serving.drain-timeout");
    assertRefused("redraft.serving.edit-idle-timeout = -1 s")
        .hasMessageContaining("redraft.serving.edit-idle-timeout");
    assertRefused("redraft.serving.reload-backoff = 0 s")
        .hasMessageContaining("redraft.serving.reload-backoff");
    assertRefused("redraft.serving.max-reload-backoff = 1 ms")
        .hasMessageContaining("redraft.serving.max-reload-backoff");
  }

  @Test
  void whatIsKeptForSlowAndAbsentClientsIsBounded() throws IOException {
    assertThat(NodeSettings.defaults().serving().streams())
        .isEqualTo(new StreamSettings(1 << 20, Duration.ofSeconds(30), 1 << 20));
    var told =
        load("redraft.serving { max-unread = 64 KiB, resume-window = 0 s, resume-tokens = 5 }");
    assertThat(told.serving().streams()).isEqualTo(new StreamSettings(65536, Duration.ZERO, 5));
    assertRefused("redraft.serving.max-unread = 0")
        .hasMessage("redraft.serving.max-unread is 0; allowed: 1 byte or more");
    assertRefused("redraft.serving.resume-window = -1 s")
        .hasMessageContaining("redraft.serving.resume-window");
    assertRefused("redraft.serving.resume-tokens = -1")
        .hasMessageContaining("redraft.serving.resume-tokens");
  }

  @Test
  void limitsOfRequestsAreNoneUnlessTheyAreSet() throws IOException {
    assertThat(NodeSettings.defaults().serving().limits()).isEqualTo(RequestLimits.NONE);
    var limits =
        load("redraft.serving.limits { max-tokens = 7, max-steps = 8, max-time = 9 s }")
            .serving()
            .limits();
    assertThat(limits)
        .isEqualTo(
            new RequestLimits(
                OptionalInt.of(7), OptionalInt.of(8), Optional.of(Duration.ofSeconds(9))));
    assertRefused("redraft.serving.limits.max-tokens = -1")
        .hasMessage("redraft.serving.limits.max-tokens is -1; allowed: 0 or more");
    assertRefused("redraft.serving.limits.max-steps = -2")
        .hasMessageContaining("redraft.serving.limits.max-steps");
    assertRefused("redraft.serving.limits.max-time = -1 s")
        .hasMessageContaining("redraft.serving.limits.max-time");
    assertRefused("redraft.serving.limits.max-forwards = 1")
        .hasMessageContaining("redraft.serving.limits.max-forwards")
        .hasMessageContaining("max-steps");
  }

  @Test
  void budgetsAgeingAndWarmUpAreChecked() throws IOException {
    assertThat(NodeSettings.defaults().serving().warmUp()).isTrue();
    assertThat(load("redraft.serving.warm-up = false").serving().warmUp()).isFalse();
    assertRefused("redraft.serving.warm-up = maybe")
        .hasMessageContaining("redraft.serving.warm-up");
    assertRefused("redraft.serving.max-tokens = 0")
        .hasMessage("redraft.serving.max-tokens is 0; allowed: 1 or more");
    assertRefused("redraft.serving.max-queued-tokens = -1")
        .hasMessageContaining("redraft.serving.max-queued-tokens");
    assertRefused("redraft.serving.ageing = -1 s").hasMessageContaining("redraft.serving.ageing");
  }

  @Test
  void aFileThatCannotBeReadIsRefused() {
    assertThatThrownBy(
            () -> NodeSettings.load(Optional.of(folder.resolve("missing.conf")), Map.of()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("missing.conf");
    assertThatThrownBy(() -> NodeSettings.load(Optional.of(folder), Map.of()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(folder.toString());
    assertRefused("redraft { serving {").hasMessageContaining("node.conf");
    assertRefused("redraft.serving.retry-after = ${nobody}").hasMessageContaining("nobody");
  }

  @Test
  void aShutdownIsGivenMoreTimeThanTheDrain() throws IOException {
    var config = load("redraft.serving.drain-timeout = 5 minutes").config();
    assertThat(
            config.getDuration("pekko.coordinated-shutdown.phases.service-requests-done.timeout"))
        .isGreaterThan(Duration.ofMinutes(5));
  }
}
