package io.redraft.model.train.cache;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A checksum (SHA-256) of several parts in their order, for the {@link CacheKey}. Every part is
 * digested behind its name and length, so that no two lists of parts look alike.
 */
public final class Fingerprint {
  /** Numbers that are turned to bytes at a time. */
  private static final int PIECE = 1 << 14;

  private final MessageDigest digest;

  /** A fingerprint of nothing yet. */
  public Fingerprint() {
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  /** Adds a named text. */
  public Fingerprint text(String name, String value) {
    return bytes(name, ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8)));
  }

  /** Adds named bytes, such as those of a tensor; the buffer's position stays. */
  public Fingerprint bytes(String name, ByteBuffer bytes) {
    head(name, bytes.remaining());
    digest.update(bytes.duplicate());
    return this;
  }

  /** Adds named numbers, any number of them. */
  public Fingerprint numbers(String name, int[] values) {
    head(name, (long) Integer.BYTES * values.length);
    var piece = ByteBuffer.allocate(Integer.BYTES * Math.min(values.length, PIECE));
    for (var value : values) {
      piece.putInt(value);
      if (!piece.hasRemaining()) {
        digest.update(piece.flip());
        piece.clear();
      }
    }
    digest.update(piece.flip());
    return this;
  }

  /** The checksum, in hexadecimal digits; the fingerprint is spent. */
  public String hex() {
    return HexFormat.of().formatHex(digest.digest());
  }

  private void head(String name, long length) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    digest.update(bytes);
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(length).flip());
  }
}
