package io.redraft.model.safetensors;

import io.redraft.model.InvalidInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A safetensors file, memory-mapped: opening reads the header only, and tensors are views of the
 * mapped file. Files over 2 GiB are mapped in pieces. The mapping ends when the last view is
 * garbage; a file must not be shortened while it is in use.
 *
 * <p>Format: 8 bytes of header length, little-endian; the header, JSON; the tensors' bytes. See <a
 * href="https://huggingface.co/docs/safetensors">the safetensors documentation</a>.
 */
public final class SafetensorsFile implements TensorSource {
  /** Longest header that is read, as in the reference implementation. */
  static final long LONGEST_HEADER = 100_000_000;

  private static final int LENGTH_BYTES = 8;

  private final String file;
  private final SortedMap<String, TensorView> tensors;
  private final Map<String, String> metadata;

  private SafetensorsFile(
      String file, SortedMap<String, TensorView> tensors, Map<String, String> metadata) {
    this.file = file;
    this.tensors = tensors;
    this.metadata = Collections.unmodifiableMap(metadata);
  }

  /**
   * Opens a file.
   *
   * @throws InvalidInputException if it is missing, cut short, or says anything about itself that
   *     is not so; the message names the file and the tensor or field
   */
  public static SafetensorsFile open(Path path) {
    String file = path.toString();
    if (Files.isDirectory(path)) {
      throw InvalidInputException.of(file, "a folder", "a safetensors file");
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      ByteBuffer json = readHeader(file, channel, size);
      long dataStart = LENGTH_BYTES + (long) json.remaining();
      SafetensorsHeader header = SafetensorsHeader.parse(file, json, size - dataStart);
      return new SafetensorsFile(file, map(channel, dataStart, header), header.metadata())
          .attachScales();
    } catch (NoSuchFileException e) {
      throw InvalidInputException.of(file, "missing", "a safetensors file");
    } catch (IOException e) {
      throw new InvalidInputException(file, file + ": cannot be read: " + e.getMessage());
    }
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  @Override
  public TensorView tensor(String name) {
    TensorView tensor = tensors.get(name);
    if (tensor == null) {
      throw InvalidInputException.inFile(file, name, "there is no such tensor");
    }
    return tensor;
  }

  @Override
  public Map<String, String> metadata() {
    return metadata;
  }

  private static ByteBuffer readHeader(String file, FileChannel channel, long size)
      throws IOException {
    if (size < LENGTH_BYTES) {
      throw InvalidInputException.inFile(
          file, "header length", "the file is cut short: " + size + " bytes");
    }
    long length = readFully(channel, 0, LENGTH_BYTES).getLong();
    if (length < 2 || length > Math.min(LONGEST_HEADER, size - LENGTH_BYTES)) {
      throw InvalidInputException.inFile(
          file,
          "header length",
          Long.toUnsignedString(length)
              + " bytes; allowed: 2 to "
              + Math.min(LONGEST_HEADER, size - LENGTH_BYTES));
    }
    return readFully(channel, LENGTH_BYTES, (int) length);
  }

  private static ByteBuffer readFully(FileChannel channel, long from, int count)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, from + buffer.position()) < 0) {
        throw new IOException("the file shrank while it was read");
      }
    }
    return buffer.flip();
  }

  /** Tensors that fit together into one mapping share it; a larger one has mappings of its own. */
  private static SortedMap<String, TensorView> map(
      FileChannel channel, long dataStart, SafetensorsHeader header) throws IOException {
    SortedMap<String, TensorView> tensors = new TreeMap<>();
    List<SafetensorsHeader.Entry> together = new ArrayList<>();
    for (SafetensorsHeader.Entry entry : header.entries()) {
      if (!together.isEmpty() && entry.end() - together.get(0).begin() > TensorView.SLICE) {
        mapTogether(channel, dataStart, together, tensors);
        together.clear();
      }
      together.add(entry);
    }
    if (!together.isEmpty()) {
      mapTogether(channel, dataStart, together, tensors);
    }
    return tensors;
  }

  private static void mapTogether(
      FileChannel channel,
      long dataStart,
      List<SafetensorsHeader.Entry> entries,
      SortedMap<String, TensorView> tensors)
      throws IOException {
    long begin = entries.get(0).begin();
    long end = entries.get(entries.size() - 1).end();
    List<ByteBuffer> slices = new ArrayList<>();
    for (long at = begin; at < end; at += TensorView.SLICE) {
      long count = Math.min(TensorView.SLICE, end - at);
      slices.add(channel.map(MapMode.READ_ONLY, dataStart + at, count));
    }
    for (SafetensorsHeader.Entry entry : entries) {
      long bytes = entry.end() - entry.begin();
      List<ByteBuffer> own = slices;
      if (bytes == 0) {
        own = List.of();
      } else if (entries.size() > 1) {
        own = List.of(slices.get(0).slice((int) (entry.begin() - begin), (int) bytes));
      }
      tensors.put(entry.name(), TensorView.over(entry.name(), entry.type(), entry.shape(), own));
    }
  }

  private SafetensorsFile attachScales() {
    tensors.replaceAll(
        (name, tensor) -> {
          TensorView scales = tensors.get(name + TensorView.SCALES);
          if (tensor.type() != TensorType.I8 || scales == null) {
            return tensor;
          }
          long blocks = BlockQuantization.blocks(tensor.elements());
          if (scales.type() != TensorType.F16 || scales.elements() != blocks) {
            throw InvalidInputException.inFile(
                file,
                scales.name(),
                scales.type()
                    + " with "
                    + scales.elements()
                    + " elements; allowed: F16 with "
                    + blocks);
          }
          return tensor.withScales(scales);
        });
    return this;
  }
}
