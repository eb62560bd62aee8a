package io.redraft.model.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes byte-level BPE as a Hugging Face {@code tokenizer.json}: GPT-2's pre-tokenizer, no
 * normaliser, special tokens as added tokens.
 */
final class BytePairJson {
  private static final JsonFactory JSON = new JsonFactory();

  private BytePairJson() {}

  /**
   * The content of the file.
   *
   * @param vocabulary spellings of ordinary tokens and their ids
   * @param merges pairs of spellings, the first to merge first
   * @param specials names of special tokens and their ids
   */
  static String write(
      Map<String, Integer> vocabulary, List<String[]> merges, Map<String, Integer> specials) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text).useDefaultPrettyPrinter()) {
      json.writeStartObject();
      json.writeStringField("version", "1.0");
      json.writeNullField("truncation");
      json.writeNullField("padding");
      json.writeArrayFieldStart("added_tokens");
      for (Map.Entry<String, Integer> special : byId(specials)) {
        writeAddedToken(json, special.getKey(), special.getValue());
      }
      json.writeEndArray();
      json.writeNullField("normalizer");
      writeByteLevel(json, "pre_tokenizer");
      json.writeNullField("post_processor");
      writeByteLevel(json, "decoder");
      writeModel(json, vocabulary, merges, specials);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a StringWriter does not fail
    }
    return text.append('\n').toString();
  }

  private static void writeModel(
      JsonGenerator json,
      Map<String, Integer> vocabulary,
      List<String[]> merges,
      Map<String, Integer> specials)
      throws IOException {
    json.writeObjectFieldStart("model");
    json.writeStringField("type", "BPE");
    json.writeNullField("dropout");
    json.writeNullField("unk_token");
    json.writeNullField("continuing_subword_prefix");
    json.writeNullField("end_of_word_suffix");
    json.writeBooleanField("fuse_unk", false);
    json.writeBooleanField("byte_fallback", false);
    json.writeBooleanField("ignore_merges", false);
    json.writeObjectFieldStart("vocab");
    Map<String, Integer> all = new HashMap<>(vocabulary);
    all.putAll(specials);
    for (Map.Entry<String, Integer> entry : byId(all)) {
      json.writeNumberField(entry.getKey(), entry.getValue());
    }
    json.writeEndObject();
    json.writeArrayFieldStart("merges");
    for (String[] merge : merges) {
      json.writeString(merge[0] + " " + merge[1]);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void writeAddedToken(JsonGenerator json, String content, int id)
      throws IOException {
    json.writeStartObject();
    json.writeNumberField("id", id);
    json.writeStringField("content", content);
    json.writeBooleanField("single_word", false);
    json.writeBooleanField("lstrip", false);
    json.writeBooleanField("rstrip", false);
    json.writeBooleanField("normalized", false);
    json.writeBooleanField("special", true);
    json.writeEndObject();
  }

  private static void writeByteLevel(JsonGenerator json, String field) throws IOException {
    json.writeObjectFieldStart(field);
    json.writeStringField("type", "ByteLevel");
    json.writeBooleanField("add_prefix_space", false);
    json.writeBooleanField("trim_offsets", true);
    json.writeBooleanField("use_regex", true);
    json.writeEndObject();
  }

  private static List<Map.Entry<String, Integer>> byId(Map<String, Integer> tokens) {
    return tokens.entrySet().stream()
        .sorted(Comparator.comparingInt((Map.Entry<String, Integer> e) -> e.getValue()))
        .toList();
  }
}
