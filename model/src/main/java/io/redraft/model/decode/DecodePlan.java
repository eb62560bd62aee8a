package io.redraft.model.decode;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A canvas before the first step, and how it is to be written. Positions that hold the mask token
 * are writable; all others are pinned. Text never encodes to the mask, so nothing pinned can be
 * taken for writable.
 *
 * <p>With block-causal attention a block holds the writable positions of one block of the
 * attention, {@link DecodeOptions#block} positions of the canvas; one without any is no block.
 * Otherwise blocks divide the writable positions in canvas order: block i is the i-th run of {@link
 * DecodeOptions#block} of them. Pinned positions do not count, so a block may reach over pinned
 * text; the last block may be smaller.
 *
 * @param canvas token ids, the mask at writable positions; length T
 * @param maskToken id of the mask; -1 for a causal network, which has none
 * @param endToken id of the end of text, or -1
 * @param options how masks become tokens
 * @param seed fixes all randomness
 * @param firstEnd no end of text stands before this position, where {@link DecodeOptions#minTokens}
 *     of the request precede it; edits move it with the text
 * @param depth which blocks of a depth-as-time network each step runs; empty for others
 */
public record DecodePlan(
    int[] canvas,
    int maskToken,
    int endToken,
    DecodeOptions options,
    long seed,
    int firstEnd,
    Optional<DepthSteps> depth) {

  /** A plan for a network whose every pass runs all blocks. */
  public DecodePlan(
      int[] canvas, int maskToken, int endToken, DecodeOptions options, long seed, int firstEnd) {
    this(canvas, maskToken, endToken, options, seed, firstEnd, Optional.empty());
  }

  public DecodePlan {
    canvas = canvas.clone();
    OptionRules.check(options);
  }

  /**
   * The plan for a text of segments, for a network of this shape. A causal network's canvas begins
   * with its begin token, if it has one.
   *
   * @throws InvalidInputException if there is nothing to write, or the context is too short
   */
  public static DecodePlan of(
      List<Segment> segments, NetworkConfig network, DecodeOptions options, long seed) {
    boolean begins = network.attention() == AttentionMode.CAUSAL && network.beginToken() >= 0;
    OptionRules.check(options, network);
    int[] begin = begins ? new int[] {network.beginToken()} : new int[0];
    int mask = network.attention() == AttentionMode.CAUSAL ? -1 : network.maskToken();
    var layout = new CanvasLayout(network.contextLength(), network.vocabularySize(), mask);
    int[] canvas = layout.lay(begin, segments);
    if (Arrays.stream(canvas).noneMatch(token -> token == mask)) {
      throw new InvalidInputException(
          "mask", "there is nothing to write: the text has no mask; allowed: 1 mask or more");
    }
    var writable = IntStream.range(0, canvas.length).filter(p -> canvas[p] == mask).toArray();
    OptionRules.check(options, writable.length, canvas.length - writable.length, mask < 0);
    int least = options.minTokens();
    int firstEnd = least == 0 ? 0 : writable[least - 1] + 1;
    return new DecodePlan(
        canvas, mask, network.endToken(), options, seed, firstEnd, DepthSteps.of(network, options));
  }

  @Override
  public int[] canvas() {
    return canvas.clone();
  }

  /** Length T of the canvas. */
  public int length() {
    return canvas.length;
  }

  /** Whether a position may be written. */
  public boolean writable(int position) {
    return canvas[position] == maskToken;
  }

  /** The positions that may be written, ascending. */
  public int[] writable() {
    return positions(true);
  }

  /** The positions of the request's fixed text, ascending. */
  public int[] pinnedPositions() {
    return positions(false);
  }

  /** A canvas of this plan without its fixed text: masked there too, otherwise the same. */
  int[] unconditional(int[] canvas) {
    int[] masked = canvas.clone();
    for (int p : pinnedPositions()) {
      masked[p] = maskToken;
    }
    return masked;
  }

  /** Number of pinned positions. */
  public int pinned() {
    int count = 0;
    for (int token : canvas) {
      count += token == maskToken ? 0 : 1;
    }
    return count;
  }

  /**
   * The first position at which an end of text ends the text: none but writable positions follow
   * it, and it is not before {@code firstEnd}. Before it the end token is barred, since it would
   * cut off pinned text, or end too early.
   */
  public int endsFrom() {
    int p = canvas.length;
    while (p > 0 && writable(p - 1)) {
      p--;
    }
    return Math.max(p, firstEnd);
  }

  /** Position of a canvas's first end of text that ends it, or the canvas's length. */
  int endOf(int[] canvas) {
    for (int p = endsFrom(); p < canvas.length && endToken >= 0; p++) {
      if (canvas[p] == endToken) {
        return p;
      }
    }
    return canvas.length;
  }

  /** Steps that a block of this many masks may take, at least 1. */
  int budget(int masks) {
    return depth.map(DepthSteps::steps).orElseGet(() -> options.budget(masks));
  }

  /** How many of a block's masks are left after some of its steps. */
  double left(int masks, int done) {
    return depth.isPresent()
        ? depth.get().left(masks, canvas.length, done)
        : options.left(masks, done);
  }

  /** Size of the blocks of block-causal attention; 0 where every position sees all. */
  public int attentionBlock() {
    return options.attention() == AttentionMode.BLOCK_CAUSAL ? options.block() : 0;
  }

  /** Number of blocks; none where edits have pinned every position. */
  public int blocks() {
    return starts().length;
  }

  /** The first block with a mask before the end of text; the number of blocks if there is none. */
  int openBlock(int[] canvas) {
    int end = endOf(canvas);
    int[] writable = writable();
    int[] starts = starts();
    for (int i = 0; i < writable.length && writable[i] < end; i++) {
      if (canvas[writable[i]] == maskToken) {
        int found = Arrays.binarySearch(starts, i);
        return found < 0 ? -found - 2 : found;
      }
    }
    return starts.length;
  }

  /** Writable positions of a block, ascending. */
  public int[] block(int index) {
    int[] positions = writable();
    int[] starts = starts();
    return Arrays.copyOfRange(
        positions, starts[index], index + 1 < starts.length ? starts[index + 1] : positions.length);
  }

  /** Of every block the place of its first position among the writable ones. */
  private int[] starts() {
    int[] positions = writable();
    int attention = attentionBlock();
    int size = options.block() == 0 ? positions.length : options.block();
    return IntStream.range(0, positions.length)
        .filter(
            i ->
                attention == 0
                    ? i % size == 0
                    : i == 0 || positions[i] / attention != positions[i - 1] / attention)
        .toArray();
  }

  private int[] positions(boolean writable) {
    int[] found = new int[canvas.length];
    int count = 0;
    for (int p = 0; p < canvas.length; p++) {
      if (writable(p) == writable) {
        found[count++] = p;
      }
    }
    return Arrays.copyOf(found, count);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DecodePlan plan
        && Arrays.equals(canvas, plan.canvas)
        && maskToken == plan.maskToken
        && endToken == plan.endToken
        && options.equals(plan.options)
        && seed == plan.seed
        && firstEnd == plan.firstEnd
        && depth.equals(plan.depth);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(canvas) + Long.hashCode(seed);
  }

  @Override
  public String toString() {
    return "DecodePlan[canvas=%s, maskToken=%d, endToken=%d, options=%s, seed=%d, firstEnd=%d, depth=%s]"
        .formatted(Arrays.toString(canvas), maskToken, endToken, options, seed, firstEnd, depth);
  }
}
