package io.redraft.model.text;

import io.redraft.model.InvalidInputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/**
 * Decodes UTF-8 and refuses what is not, naming the file and the byte. A byte order mark at the
 * beginning is left out.
 */
final class StrictUtf8Reader extends Reader {
  private final String file;
  private final InputStream in;
  private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
  private final ByteBuffer bytes = ByteBuffer.allocate(1 << 16).flip();
  private long offset;
  private boolean ended;
  private boolean begun;

  StrictUtf8Reader(String file, InputStream in) {
    this.file = file;
    this.in = in;
  }

  @Override
  public int read(char[] target, int from, int count) throws IOException {
    CharBuffer chars = CharBuffer.wrap(target, from, count).slice();
    while (chars.position() == 0) {
      if (ended && !bytes.hasRemaining()) {
        return -1;
      }
      fill();
      int before = bytes.position();
      CoderResult result = decoder.decode(bytes, chars, ended);
      offset += bytes.position() - before;
      if (result.isError()) {
        throw new InvalidInputException(file, file + ": not UTF-8 at byte " + offset);
      }
      if (!begun && chars.position() > 0) {
        begun = true;
        if (target[from] == '\ufeff') {
          System.arraycopy(target, from + 1, target, from, chars.position() - 1);
          chars.position(chars.position() - 1);
        }
      }
    }
    return chars.position();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private void fill() throws IOException {
    if (ended || bytes.remaining() >= 4) {
      return;
    }
    bytes.compact();
    int count = in.read(bytes.array(), bytes.position(), bytes.remaining());
    ended = count < 0;
    bytes.position(bytes.position() + Math.max(0, count));
    bytes.flip();
  }
}
