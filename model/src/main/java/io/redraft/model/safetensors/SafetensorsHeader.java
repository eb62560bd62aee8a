package io.redraft.model.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.redraft.model.InvalidInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The header of a safetensors file, checked: every tensor's bytes are as many as its shape and type
 * say, and together they cover the data once, without holes.
 *
 * @param entries the tensors, in the order of their bytes
 * @param metadata the strings under {@code __metadata__}
 */
record SafetensorsHeader(List<Entry> entries, Map<String, String> metadata) {
  /** A tensor; {@code begin} and {@code end} count from the end of the header. */
  record Entry(String name, TensorType type, long[] shape, long begin, long end) {}

  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final int MOST_AXES = 16;

  /**
   * Reads and checks a header.
   *
   * @param file name of the file, for errors
   * @param json the header's bytes
   * @param dataSize bytes that follow the header in the file
   */
  static SafetensorsHeader parse(String file, ByteBuffer json, long dataSize) {
    try (JsonParser parser = JSON.createParser(strictUtf8(file, json))) {
      SafetensorsHeader header = new Reader(file, parser).read();
      checkCoverage(file, header.entries(), dataSize);
      return header;
    } catch (JsonProcessingException e) {
      throw InvalidInputException.inFile(
          file, "header", "not valid JSON: " + firstLine(e.getOriginalMessage()));
    } catch (IOException e) {
      throw InvalidInputException.inFile(
          file, "header", "unreadable: " + firstLine(e.getMessage()));
    }
  }

  private static String strictUtf8(String file, ByteBuffer json) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(json).toString();
    } catch (CharacterCodingException e) {
      throw InvalidInputException.inFile(file, "header", "not UTF-8");
    }
  }

  private static void checkCoverage(String file, List<Entry> entries, long dataSize) {
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long at = 0;
    for (Entry entry : entries) {
      if (entry.begin() != at) {
        throw InvalidInputException.inFile(
            file,
            entry.name(),
            "data_offsets begin at "
                + entry.begin()
                + (entry.begin() < at ? ", inside the tensor before it" : ", which leaves a hole")
                + "; allowed: "
                + at);
      }
      at = entry.end();
    }
    if (at != dataSize) {
      throw InvalidInputException.inFile(
          file,
          "data",
          "the header describes "
              + at
              + " bytes of tensors and the file holds "
              + dataSize
              + (at > dataSize ? "; it is cut short" : "; there is more at its end"));
    }
  }

  private static String firstLine(String message) {
    String line = String.valueOf(message).lines().findFirst().orElse("");
    return line.length() > 200 ? line.substring(0, 200) + "…" : line;
  }

  /** A recursive-descent reader of the one structure that a header may have. */
  private record Reader(String file, JsonParser parser) {
    SafetensorsHeader read() throws IOException {
      List<Entry> entries = new ArrayList<>();
      Map<String, String> metadata = new TreeMap<>();
      expect(parser.nextToken(), JsonToken.START_OBJECT, "header", "an object");
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        expect(parser.nextToken(), JsonToken.START_OBJECT, name, "an object");
        if (name.equals("__metadata__")) {
          readMetadata(metadata);
        } else {
          entries.add(readEntry(name));
        }
      }
      if (parser.nextToken() != null) {
        throw InvalidInputException.inFile(file, "header", "goes on after its end");
      }
      return new SafetensorsHeader(entries, metadata);
    }

    private void readMetadata(Map<String, String> metadata) throws IOException {
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String key = parser.currentName();
        expect(parser.nextToken(), JsonToken.VALUE_STRING, "__metadata__." + key, "a string");
        metadata.put(key, parser.getText());
      }
    }

    private Entry readEntry(String name) throws IOException {
      TensorType type = null;
      List<Long> shape = null;
      List<Long> offsets = null;
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String key = parser.currentName();
        JsonToken value = parser.nextToken();
        switch (key) {
          case "dtype" -> {
            expect(value, JsonToken.VALUE_STRING, name + ".dtype", "a string");
            String dtype = parser.getText();
            type =
                TensorType.named(dtype)
                    .orElseThrow(
                        () ->
                            InvalidInputException.inFile(
                                file, name + ".dtype", "unknown type " + dtype));
          }
          case "shape" -> shape = readLongs(name + ".shape", MOST_AXES);
          case "data_offsets" -> offsets = readLongs(name + ".data_offsets", 2);
          default -> throw InvalidInputException.inFile(file, name + "." + key, "unknown key");
        }
      }
      if (type == null || shape == null || offsets == null || offsets.size() != 2) {
        throw InvalidInputException.inFile(
            file, name, "dtype, shape and two data_offsets are required");
      }
      return checked(name, type, shape, offsets.get(0), offsets.get(1));
    }

    private Entry checked(String name, TensorType type, List<Long> shape, long begin, long end) {
      long bytes = type.width();
      try {
        for (long axis : shape) {
          bytes = Math.multiplyExact(bytes, axis);
        }
      } catch (ArithmeticException e) {
        throw InvalidInputException.inFile(
            file, name + ".shape", shape + " is larger than any file");
      }
      if (end < begin || end - begin != bytes) {
        throw InvalidInputException.inFile(
            file,
            name + ".data_offsets",
            "[" + begin + ", " + end + "]; " + type + " " + shape + " takes " + bytes + " bytes");
      }
      long[] axes = shape.stream().mapToLong(Long::longValue).toArray();
      return new Entry(name, type, axes, begin, end);
    }

    private List<Long> readLongs(String field, int most) throws IOException {
      expect(parser.currentToken(), JsonToken.START_ARRAY, field, "an array");
      List<Long> values = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        expect(parser.currentToken(), JsonToken.VALUE_NUMBER_INT, field, "whole numbers");
        if (values.size() == most) {
          throw InvalidInputException.inFile(file, field, "has more than " + most + " numbers");
        }
        long value = parser.getLongValue();
        if (value < 0) {
          throw InvalidInputException.inFile(file, field, value + " is negative");
        }
        values.add(value);
      }
      return values;
    }

    private void expect(JsonToken actual, JsonToken wanted, String field, String allowed) {
      if (actual != wanted) {
        throw InvalidInputException.inFile(
            file, field, (actual == null ? "ends early" : "is not " + allowed));
      }
    }
  }
}
