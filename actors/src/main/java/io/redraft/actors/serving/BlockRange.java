package io.redraft.actors.serving;

import io.redraft.model.InvalidInputException;

/**
 * Which of a network's blocks a shard holds: {@code from} up to, not including, {@code to}.
 *
 * @param from first block, counted from 0; a shard from 0 also holds the embedding
 * @param to end of the range; the shard that reaches the network's last block also holds the head
 */
public record BlockRange(int from, int to) {
  /** Every block, embedding and head included. */
  public static final BlockRange WHOLE = new BlockRange(0, Integer.MAX_VALUE);

  public BlockRange {
    if (from < 0 || to <= from) {
      throw InvalidInputException.of("blocks", from + ".." + to, "0 or more, and not empty");
    }
  }

  /** Whether this is the whole of a network with so many blocks. */
  public boolean covers(int layers) {
    return from == 0 && to >= layers;
  }
}
