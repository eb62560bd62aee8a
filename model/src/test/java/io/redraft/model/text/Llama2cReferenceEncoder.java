package io.redraft.model.text;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * llama2.c's encoder, written down from its description step by step and on raw bytes, with nothing
 * shared with the code under test.
 */
final class Llama2cReferenceEncoder {
  private final List<byte[]> pieces = new ArrayList<>();
  private final List<Float> scores = new ArrayList<>();
  private final Map<ByteBuffer, Integer> ids = new HashMap<>();

  Llama2cReferenceEncoder(byte[] file) {
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    bytes.getInt();
    while (bytes.hasRemaining()) {
      scores.add(bytes.getFloat());
      byte[] piece = new byte[bytes.getInt()];
      bytes.get(piece);
      ids.put(ByteBuffer.wrap(piece), pieces.size());
      pieces.add(piece);
    }
  }

  /** Tokens of a text without the one that begins it; the text has no NUL. */
  int[] encode(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    List<Integer> tokens = new ArrayList<>();
    if (bytes.length > 0) {
      tokens.add(find(new byte[] {' '}));
    }
    ByteArrayOutputStream character = new ByteArrayOutputStream();
    for (int i = 0; i < bytes.length; i++) {
      if ((bytes[i] & 0xc0) != 0x80) {
        character.reset();
      }
      character.write(bytes[i]);
      boolean goesOn = i + 1 < bytes.length && (bytes[i + 1] & 0xc0) == 0x80;
      if (goesOn && character.size() < 4) {
        continue;
      }
      int whole = find(character.toByteArray());
      if (whole >= 0) {
        tokens.add(whole);
      } else {
        for (byte b : character.toByteArray()) {
          tokens.add((b & 0xff) + 3);
        }
      }
      character.reset();
    }
    while (mergeBest(tokens)) {
      // until no two neighbours make up a piece
    }
    return tokens.stream().mapToInt(Integer::intValue).toArray();
  }

  private boolean mergeBest(List<Integer> tokens) {
    float bestScore = -1e10f;
    int bestToken = -1;
    int bestPlace = -1;
    for (int i = 0; i + 1 < tokens.size(); i++) {
      ByteArrayOutputStream both = new ByteArrayOutputStream();
      both.writeBytes(pieces.get(tokens.get(i)));
      both.writeBytes(pieces.get(tokens.get(i + 1)));
      int token = find(both.toByteArray());
      if (token >= 0 && scores.get(token) > bestScore) {
        bestScore = scores.get(token);
        bestToken = token;
        bestPlace = i;
      }
    }
    if (bestPlace < 0) {
      return false;
    }
    tokens.set(bestPlace, bestToken);
    tokens.remove(bestPlace + 1);
    return true;
  }

  private int find(byte[] piece) {
    return ids.getOrDefault(ByteBuffer.wrap(piece), -1);
  }
}
