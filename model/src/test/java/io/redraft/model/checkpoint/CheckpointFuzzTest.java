package io.redraft.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.redraft.model.InvalidInputException;
import io.redraft.model.files.JsonFiles;
import io.redraft.model.nn.NetworkConfig;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Whatever bytes a file begins with, its reader either understands them or refuses them in one
 * line. A normal build replays the inputs beside this class; {@code junit-platform.properties}
 * tells how to search for new ones.
 */
class CheckpointFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void configuration(byte[] data) {
    try {
      String json = new String(data, StandardCharsets.UTF_8);
      NetworkConfig config = ConfigJson.parse("file", JsonFiles.parseObject("file", json));
      String written = ConfigJson.write(config);
      assertThat(ConfigJson.parse("file", JsonFiles.parseObject("file", written)))
          .isEqualTo(config);
    } catch (InvalidInputException refused) {
      assertOneLine(refused);
    }
  }

  @FuzzTest(maxDuration = "1m")
  void llama2cHeader(byte[] data) {
    try {
      // The file's length is part of the input: the last eight bytes.
      long size = data.length < 36 ? data.length : ByteBuffer.wrap(data, 28, 8).getLong();
      Llama2cHeader header = Llama2cHeader.parse("file", ByteBuffer.wrap(data), size);
      assertThat(header.headWidth() * header.heads()).isEqualTo(header.width());
    } catch (InvalidInputException refused) {
      assertOneLine(refused);
    }
  }

  private static void assertOneLine(InvalidInputException refused) {
    assertThat(refused.getMessage()).startsWith("file").doesNotContain("\n");
  }
}
