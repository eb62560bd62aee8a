package io.redraft.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsFileTest {
  private static final String A = "{'dtype':'F32','shape':[2],'data_offsets':[0,8]}";

  @TempDir Path folder;

  @Test
  void readsBackWhatWasWritten() throws IOException {
    Path file = folder.resolve("m.safetensors");
    List<TensorOutput> tensors =
        List.of(
            TensorOutput.bytes(
                "bytes", TensorType.U8, new long[] {3}, ByteBuffer.wrap(new byte[3])),
            TensorOutput.float32("w", new long[] {2, 2}, new float[] {1, -2, 0.5f, 1e-9f}),
            TensorOutput.float32("scalar", new long[] {}, new float[] {7}),
            TensorOutput.float32("none", new long[] {0, 5}, new float[0]));

    SafetensorsWriter.write(file, tensors, Map.of("step", "12"));

    SafetensorsFile read = SafetensorsFile.open(file);
    assertThat(read.names()).containsExactly("bytes", "none", "scalar", "w");
    assertThat(read.metadata()).containsExactly(Map.entry("step", "12"));
    assertThat(read.tensor("w").shape()).containsExactly(2, 2);
    assertThat(read.tensor("w").toFloat32()).containsExactly(1, -2, 0.5f, 1e-9f);
    assertThat(read.tensor("scalar").toFloat32()).containsExactly(7);
    assertThat(read.tensor("none").toFloat32()).isEmpty();
    FloatBuffer direct = read.tensor("w").toFloat32Buffer().asFloatBuffer();
    assertThat(direct.get(3)).isEqualTo(1e-9f);
  }

  @Test
  void readsHalfBfloatAndDoubleAsFloat32() throws IOException {
    ByteBuffer half = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
    half.putShort((short) 0x3c00).putShort((short) 0xc100).flip();
    ByteBuffer brain = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN);
    brain.putShort((short) 0x4049).flip();
    ByteBuffer wide = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(0.1).flip();
    Path file = folder.resolve("m.safetensors");
    SafetensorsWriter.write(
        file,
        List.of(
            TensorOutput.bytes("f16", TensorType.F16, new long[] {2}, half),
            TensorOutput.bytes("bf16", TensorType.BF16, new long[] {1}, brain),
            TensorOutput.bytes("f64", TensorType.F64, new long[] {1}, wide)),
        Map.of());

    SafetensorsFile read = SafetensorsFile.open(file);

    assertThat(read.tensor("f16").toFloat32()).containsExactly(1, -2.5f);
    assertThat(read.tensor("bf16").toFloat32()).containsExactly(3.140625f);
    assertThat(read.tensor("f64").toFloat32()).containsExactly(0.1f);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'b':{'dtype':'F32','shape':[2],'data_offsets':[4,12]}} | b: data_offsets begin at 4, inside
          {'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'b':{'dtype':'F32','shape':[1],'data_offsets':[12,16]}} | b: data_offsets begin at 12, which leaves a hole
          {'a':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}} | a.data_offsets: [0, 8]; F32 [3] takes 12 bytes
          {'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}} | a.data_offsets
          {'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}} | a.shape: -2 is negative
          {'a':{'dtype':'F32','shape':[9223372036854775807,4],'data_offsets':[0,8]}} | a.shape: [9223372036854775807, 4] is larger than any file
          {'a':{'dtype':'F32','shape':[99999999999999999999],'data_offsets':[0,8]}} | header: not valid JSON
          {'a':{'dtype':'F31','shape':[2],'data_offsets':[0,8]}} | a.dtype: unknown type F31
          {'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'a':{'dtype':'F32','shape':[2],'data_offsets':[8,16]}} | Duplicate field 'a'
          {'a':{'dtype':'F32','shape':[2.0],'data_offsets':[0,8]}} | a.shape: is not whole numbers
          {'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8],'x':1}} | a.x: unknown key
          {'a':{'dtype':'F32','shape':[2]}} | a: dtype, shape and two data_offsets are required
          {'a':[]} | a: is not an object
          [] | header: is not an object
          {'a':{'dtype':'F32','shape':[4],'data_offsets':[0,16]}} | it is cut short
          {'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | there is more at its end
          {'__metadata__':{'k':1}} | __metadata__.k: is not a string
          {} {} | header: goes on after its end
          {'a':{'dtype':'F32' | header: not valid JSON
          """)
  void refusesAHeaderThatLies(String header, String problem) throws IOException {
    Path file = write(header.replace('\'', '"'), 8);

    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(problem.replace('\'', problem.startsWith("Dup") ? '\'' : '"'))
        .hasMessageNotContaining("\n");
  }

  @Test
  void refusesAHeaderLengthBeyondTheFileOrTheCap() throws IOException {
    Path file = folder.resolve("long.safetensors");
    for (long length : new long[] {0, 1, 9, 100_000_001, Long.MAX_VALUE, -1}) {
      ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
      Files.write(file, bytes.putLong(length).array());
      assertThatThrownBy(() -> SafetensorsFile.open(file))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("header length: " + Long.toUnsignedString(length) + " bytes");
    }
  }

  @Test
  void refusesAFileCutAnywhere() throws IOException {
    byte[] whole = Files.readAllBytes(write("{'a':%s}".formatted(A).replace('\'', '"'), 8));
    Path file = folder.resolve("cut.safetensors");
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> SafetensorsFile.open(file))
          .as("cut after %s bytes", length)
          .isInstanceOf(InvalidInputException.class);
    }
  }

  @Test
  void refusesWhatIsNoFile() {
    assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("absent")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("is missing");
    assertThatThrownBy(() -> SafetensorsFile.open(folder))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("is a folder");
  }

  @Test
  void readsTensorsOnBothSidesOfTwoGibibytes() throws IOException {
    long large = (1L << 31) + 4096; // one tensor that needs three mappings, then one behind it
    String header =
        ("{'large':{'dtype':'U8','shape':[%d],'data_offsets':[0,%d]},"
                + "'wide':{'dtype':'F32','shape':[%d],'data_offsets':[%d,%d]},"
                + "'last':{'dtype':'F32','shape':[2],'data_offsets':[%d,%d]}}")
            .formatted(large, large, large / 4, large, 2 * large, 2 * large, 2 * large + 8)
            .replace('\'', '"');
    Path file = write(header, 0);
    long start = Files.size(file);
    ByteBuffer two = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.seek(start + large - 1);
      sparse.write(42);
      sparse.seek(start + large + (1L << 30) - 4);
      sparse.write(two.putFloat(1.5f).putFloat(2.5f).array());
      sparse.seek(start + 2 * large);
      sparse.write(two.clear().putFloat(3).putFloat(4).array());
    }

    SafetensorsFile read = SafetensorsFile.open(file);

    List<ByteBuffer> slices = read.tensor("large").slices();
    assertThat(slices.stream().mapToLong(ByteBuffer::remaining).sum()).isEqualTo(large);
    ByteBuffer end = slices.get(slices.size() - 1);
    assertThat(end.get(end.limit() - 1)).isEqualTo((byte) 42);
    FloatBuffer across = FloatBuffer.allocate(4);
    read.tensor("wide").readFloat32((1L << 28) - 2, across);
    assertThat(across.array()).containsExactly(0, 1.5f, 2.5f, 0);
    assertThat(read.tensor("last").toFloat32()).containsExactly(3, 4);
  }

  @Test
  void writesNothingWhenAContentFails() throws IOException {
    Path file = folder.resolve("m.safetensors");
    SafetensorsWriter.write(
        file, List.of(TensorOutput.float32("a", new long[] {1}, new float[] {1})), Map.of());
    TensorOutput shorter = new TensorOutput("a", TensorType.F32, new long[] {9}, channel -> {});

    assertThatThrownBy(() -> SafetensorsWriter.write(file, List.of(shorter), Map.of()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a wrote 0 bytes instead of 36");

    assertThat(SafetensorsFile.open(file).tensor("a").toFloat32()).containsExactly(1);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).containsExactly(file);
    }
  }

  @Test
  void refusesToWriteANameTwice() {
    TensorOutput a = TensorOutput.float32("a", new long[] {1}, new float[] {1});
    assertThatThrownBy(() -> SafetensorsWriter.write(folder.resolve("m"), List.of(a, a), Map.of()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("tensor name is a;");
  }

  @Test
  void readsShardsThroughTheirIndex() throws IOException {
    writeOne("model-00001-of-00002.safetensors", "a", 1);
    writeOne("model-00002-of-00002.safetensors", "b", 2);
    Path index = folder.resolve("model.safetensors.index.json");
    Files.writeString(
        index,
        """
        {"metadata": {"total_size": 8},
         "weight_map": {"a": "model-00001-of-00002.safetensors",
                        "b": "model-00002-of-00002.safetensors"}}
        """);

    ShardedSafetensors read = ShardedSafetensors.open(index);

    assertThat(read.names()).containsExactly("a", "b");
    assertThat(read.tensor("b").toFloat32()).containsExactly(2);
    assertThatThrownBy(() -> read.tensor("c")).hasMessageContaining("c: there is no such tensor");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"weight_map": {"b": "one.safetensors"}} | b: there is no such tensor
          {"weight_map": {"a": "../one.safetensors"}} | weight_map.a
          {"weight_map": {"a": "two.safetensors"}} | two.safetensors is missing
          {"weight_map": {"a": 1}} | weight_map.a
          {"weight_map": {}} | weight_map
          {} | weight_map
          {"a": 1, "a": 2} | not valid JSON
          """)
  void refusesAnIndexThatLies(String index, String problem) throws IOException {
    writeOne("one.safetensors", "a", 1);
    Path file = Files.writeString(folder.resolve("index.json"), index);

    assertThatThrownBy(() -> ShardedSafetensors.open(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(problem)
        .hasMessageNotContaining("\n");
  }

  private void writeOne(String file, String tensor, float value) throws IOException {
    SafetensorsWriter.write(
        folder.resolve(file),
        List.of(TensorOutput.float32(tensor, new long[] {1}, new float[] {value})),
        Map.of());
  }

  private Path write(String header, int dataBytes) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json);
    return Files.write(folder.resolve("header.safetensors"), bytes.array());
  }
}
