package io.redraft.model.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.redraft.model.InvalidInputException;
import io.redraft.model.files.AtomicFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Writes safetensors files, atomically and one tensor at a time. Wider element types come first and
 * the data begins at a multiple of 8 bytes, so that every element lies at a multiple of its size.
 * The same tensors always give the same bytes.
 */
public final class SafetensorsWriter {
  private static final JsonFactory JSON = new JsonFactory();

  private SafetensorsWriter() {}

  /**
   * Writes or replaces a file.
   *
   * @param metadata free-form strings to store beside the tensors
   * @throws InvalidInputException if two tensors have the same name
   * @throws IOException if the disk refuses, or a tensor's content is not as long as its shape
   *     says; the file is then as it was
   */
  public static void write(Path file, List<TensorOutput> tensors, Map<String, String> metadata)
      throws IOException {
    List<TensorOutput> ordered =
        tensors.stream()
            .sorted(Comparator.comparingInt((TensorOutput t) -> -t.type().width()))
            .toList();
    byte[] header = header(ordered, new TreeMap<>(metadata));
    AtomicFiles.write(file, channel -> writeAll(channel, header, ordered));
  }

  private static void writeAll(FileChannel channel, byte[] header, List<TensorOutput> tensors)
      throws IOException {
    ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    AtomicFiles.writeFully(channel, length.putLong(header.length).flip());
    AtomicFiles.writeFully(channel, ByteBuffer.wrap(header));
    for (TensorOutput tensor : tensors) {
      long start = channel.position();
      tensor.content().writeTo(channel);
      long written = channel.position() - start;
      if (written != tensor.byteSize()) {
        throw new IOException(
            tensor.name() + " wrote " + written + " bytes instead of " + tensor.byteSize());
      }
    }
  }

  private static byte[] header(List<TensorOutput> tensors, Map<String, String> metadata)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Set<String> names = new HashSet<>();
    long at = 0;
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart("__metadata__");
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
          json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
      }
      for (TensorOutput tensor : tensors) {
        if (!names.add(tensor.name()) || tensor.name().equals("__metadata__")) {
          throw InvalidInputException.of("tensor name", tensor.name(), "a name used once");
        }
        json.writeObjectFieldStart(tensor.name());
        json.writeStringField("dtype", tensor.type().name());
        writeLongs(json, "shape", tensor.shape());
        writeLongs(json, "data_offsets", at, at + tensor.byteSize());
        json.writeEndObject();
        at += tensor.byteSize();
      }
      json.writeEndObject();
    }
    while (bytes.size() % 8 != 0) {
      bytes.write(' ');
    }
    return bytes.toByteArray();
  }

  private static void writeLongs(JsonGenerator json, String field, long... values)
      throws IOException {
    json.writeArrayFieldStart(field);
    for (long value : values) {
      json.writeNumber(value);
    }
    json.writeEndArray();
  }
}
