package io.redraft.model.decode;

import io.redraft.model.nn.NetworkConfig;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A causal (left-to-right) network with a key/value cache for every open sequence. Confined to one
 * thread, the one that owns the device.
 */
public interface CausalModel extends AutoCloseable {
  /**
   * One sequence's share of a step: tokens are appended, and asked is what follows some of them.
   *
   * @param sequence the caller's name of the sequence; opened on first use
   * @param kept how many of its tokens stay in front of the appended ones; cached ones behind them
   *     are dropped
   * @param tokens tokens to append, at least one
   * @param prompt how many tokens begin the sequence whenever it is read from its beginning. They
   *     are read together, all others one by one, so that a token's result has the same bits
   *     however a sequence was divided into tasks; 0 is one by one from the start
   * @param rows indices of appended tokens, in any order, at least one
   * @param given what is scored behind each row instead of drawn: a token, or -1
   * @param sampling how tokens are drawn
   * @param seed the request's seed; with a drawn token's position it fixes the noise
   */
  record ExtendTask(
      long sequence,
      int kept,
      int[] tokens,
      int prompt,
      int[] rows,
      int[] given,
      Sampling sampling,
      long seed) {
    public ExtendTask {
      if (rows.length == 0 || rows.length != given.length) {
        throw new IllegalArgumentException(
            "%d rows and %d tokens behind them".formatted(rows.length, given.length));
      }
      if (kept > 0 && kept < prompt) {
        throw new IllegalArgumentException("a prompt of %d after %d".formatted(prompt, kept));
      }
    }

    /** Asks what follows the last of the tokens; a sequence from its beginning is all prompt. */
    public ExtendTask(long sequence, int kept, int[] tokens, Sampling sampling, long seed) {
      this(sequence, kept, tokens, kept == 0 ? tokens.length : 0, 1, sampling, seed);
    }

    /** Draws what follows each of the last {@code count} tokens. */
    public ExtendTask(
        long sequence,
        int kept,
        int[] tokens,
        int prompt,
        int count,
        Sampling sampling,
        long seed) {
      this(
          sequence,
          kept,
          tokens,
          prompt,
          IntStream.range(tokens.length - count, tokens.length).toArray(),
          IntStream.generate(() -> -1).limit(count).toArray(),
          sampling,
          seed);
    }

    /** How many of the appended tokens are read together. */
    public int together() {
      return kept == 0 ? Math.min(prompt, tokens.length) : 0;
    }

    /** Position in the sequence of what follows each row. */
    public int[] positions() {
      return Arrays.stream(rows).map(row -> kept + row + 1).toArray();
    }
  }

  /** Shape of the network. */
  NetworkConfig config();

  /**
   * Appends each task's tokens to its sequence; one result a task, in order.
   *
   * @return what follows the task's rows, in their order; {@link Candidates#positions} are {@link
   *     ExtendTask#positions}
   */
  List<Candidates> extend(List<ExtendTask> batch);

  /** Frees a sequence's cache; unknown sequences are ignored. */
  void release(long sequence);

  @Override
  void close();
}
