package io.redraft.server.grpc;

import io.redraft.model.text.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** A token is a byte; 256 is the mask and 257 the end of text. */
public class ByteTokenizer implements Tokenizer {
  public static final int MASK = 256;
  public static final int END = 257;

  @Override
  public int vocabularySize() {
    return 258;
  }

  @Override
  public int[] encode(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] tokens = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      tokens[i] = bytes[i] & 0xFF;
    }
    return tokens;
  }

  @Override
  public String decode(int[] tokens) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int token : tokens) {
      bytes.writeBytes(piece(token));
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] piece(int token) {
    return token < 256 ? new byte[] {(byte) token} : new byte[0];
  }

  @Override
  public int special(String name) {
    return switch (name) {
      case "[MASK]" -> MASK;
      case "<|endoftext|>" -> END;
      default -> -1;
    };
  }
}
