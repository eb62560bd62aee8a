package io.redraft.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.redraft.model.InvalidInputException;
import java.nio.ByteBuffer;

/**
 * Whatever a header says, it is either true of the file or refused in one line. See {@code
 * junit-platform.properties} for how to search for new inputs.
 */
class SafetensorsFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void header(byte[] data) {
    try {
      SafetensorsHeader header = SafetensorsHeader.parse("file", ByteBuffer.wrap(data), 16);
      long covered = 0;
      for (SafetensorsHeader.Entry entry : header.entries()) {
        assertThat(entry.begin()).isEqualTo(covered);
        assertThat(entry.end() - entry.begin())
            .isEqualTo(TensorView.elementsOf(entry.shape()) * entry.type().width());
        covered = entry.end();
      }
      assertThat(covered).isEqualTo(16);
    } catch (InvalidInputException refused) {
      assertOneLine(refused);
    }
  }

  private static void assertOneLine(InvalidInputException refused) {
    assertThat(refused.getMessage()).startsWith("file").doesNotContain("\n");
  }
}
