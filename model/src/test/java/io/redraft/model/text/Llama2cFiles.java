package io.redraft.model.text;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Small files in llama2.c's forms. */
public final class Llama2cFiles {
  private Llama2cFiles() {}

  /** A tokenizer of the special tokens, the bytes and these pieces, each scored below the last. */
  public static byte[] tokenizer(List<String> pieces) {
    List<String> all = new ArrayList<>(List.of("<unk>", "\n<s>\n", "\n</s>\n"));
    for (int b = 0; b < 256; b++) {
      all.add(String.format("<0x%02X>", b));
    }
    all.addAll(pieces);
    ByteBuffer file = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    file.putInt(6);
    for (int id = 0; id < all.size(); id++) {
      byte[] piece = all.get(id).getBytes(StandardCharsets.UTF_8);
      file.putFloat(id < 259 ? 0 : 259 - id).putInt(piece.length).put(piece);
    }
    byte[] bytes = new byte[file.position()];
    file.flip().get(bytes);
    return bytes;
  }

  /** A checkpoint of random weights; the arguments are its header. */
  public static byte[] checkpoint(int... header) {
    int width = header[0];
    int headWidth = width / header[3];
    int keyValue = header[4] * headWidth;
    int block = 2 * width + 2 * width * width + 2 * width * keyValue + 3 * width * header[1];
    int vocabulary = header[5] > 0 ? header[5] : -2 * header[5];
    int floats = header[2] * block + vocabulary * width + width + header[6] * headWidth;
    ByteBuffer file = ByteBuffer.allocate(28 + 4 * floats).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : header) {
      file.putInt(value);
    }
    Random random = new Random(5);
    while (file.hasRemaining()) {
      file.putFloat((float) random.nextGaussian() * 0.4f);
    }
    return file.array();
  }
}
