package io.redraft.model.train.cache;

import io.redraft.model.InvalidInputException;
import io.redraft.model.safetensors.BFloat16;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What the streams of a cache were computed from: if any of it differs, so do they.
 *
 * @param trunk checksum of everything that computes the stream: weights, shape, number format
 * @param corpus checksum of the tokens
 * @param maskSeed seed of the masks
 * @param lowestRatio lowest mask ratio
 * @param highestRatio highest mask ratio
 * @param realisations realisations of a sample in a generation
 * @param tokens tokens of a sample, T
 * @param width width of the stream, D
 */
public record CacheKey(
    String trunk,
    String corpus,
    long maskSeed,
    double lowestRatio,
    double highestRatio,
    int realisations,
    int tokens,
    int width) {
  public CacheKey {
    named("trunk", trunk);
    named("corpus", corpus);
    positive("realisations", realisations);
    positive("tokens", tokens);
    positive("width", width);
    if (!(lowestRatio >= 0 && lowestRatio <= highestRatio && highestRatio <= 1)) {
      throw InvalidInputException.of(
          "mask ratios", lowestRatio + " to " + highestRatio, "0 to 1, ascending");
    }
  }

  /** Bytes of an entry, a sample's stream (T, D) in bfloat16. */
  public long entryBytes() {
    return (long) tokens * width * BFloat16.BYTES;
  }

  /** Its parts by their names in the manifest, as text. */
  Map<String, String> parts() {
    var parts = new LinkedHashMap<String, String>();
    parts.put("trunk", trunk);
    parts.put("corpus", corpus);
    parts.put("mask_seed", Long.toString(maskSeed));
    parts.put("lowest_ratio", Double.toString(lowestRatio));
    parts.put("highest_ratio", Double.toString(highestRatio));
    parts.put("realisations", Integer.toString(realisations));
    parts.put("tokens", Integer.toString(tokens));
    parts.put("width", Integer.toString(width));
    return parts;
  }

  /** A name for all of it, for a folder. */
  String id() {
    var fingerprint = new Fingerprint();
    parts().forEach(fingerprint::text);
    return fingerprint.hex().substring(0, 16);
  }

  /** Those of these parts that the other has differently, as {@code trunk 1f, tokens 128}. */
  static String difference(Map<String, String> these, Map<String, String> others) {
    return these.entrySet().stream()
        .filter(part -> !part.getValue().equals(others.get(part.getKey())))
        .map(part -> part.getKey() + " " + part.getValue())
        .collect(Collectors.joining(", "));
  }

  private static void named(String field, String value) {
    if (value.isBlank()) {
      throw InvalidInputException.of(field, "empty", "a checksum");
    }
  }

  private static void positive(String field, int value) {
    if (value < 1) {
      throw InvalidInputException.of(field, value, "1 or more");
    }
  }
}
