package io.redraft.model.files;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.redraft.model.InvalidInputException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** JSON files, read strictly: UTF-8, no duplicate keys, one object. */
public final class JsonFiles {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final long LONGEST = 256 << 20;

  private JsonFiles() {}

  /** The object in a file. */
  public static JsonNode readObject(Path path) {
    String file = path.toString();
    try {
      if (Files.isDirectory(path)) {
        throw InvalidInputException.of(file, "a folder", "a JSON file");
      }
      if (Files.size(path) > LONGEST) {
        throw InvalidInputException.of(
            file, Files.size(path) + " bytes", "at most " + LONGEST + " bytes");
      }
      return parseObject(file, Files.readString(path));
    } catch (NoSuchFileException e) {
      throw InvalidInputException.of(file, "missing", "a JSON file");
    } catch (CharacterCodingException e) {
      throw new InvalidInputException(file, file + ": not UTF-8");
    } catch (IOException e) {
      throw new InvalidInputException(file, file + ": cannot be read: " + e.getMessage());
    }
  }

  /** The object that {@code json} holds; {@code file} is for the error. */
  public static JsonNode parseObject(String file, String json) {
    try {
      JsonNode node = MAPPER.readTree(json);
      if (node == null || !node.isObject()) {
        throw new InvalidInputException(file, file + ": not a JSON object");
      }
      return node;
    } catch (JsonProcessingException e) {
      String problem = e.getOriginalMessage().lines().findFirst().orElse("");
      String where =
          e.getLocation() == null
              ? ""
              : " in line "
                  + e.getLocation().getLineNr()
                  + ", column "
                  + e.getLocation().getColumnNr();
      throw new InvalidInputException(file, file + ": not valid JSON" + where + ": " + problem);
    }
  }
}
