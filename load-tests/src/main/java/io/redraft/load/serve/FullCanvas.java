package io.redraft.load.serve;

import io.redraft.model.text.Tokenizer;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.Segment;

/**
 * Requests whose whole canvas is written whatever the model says: a full stop is pinned at the end,
 * before which a text cannot end. Tokens are drawn at temperature 1 unless the writing says
 * otherwise, so that every seed has a text of its own.
 *
 * @param length tokens of the canvas
 * @param masks tokens to be written
 * @param steps denoising steps a block
 * @param omitDrafts whether only commits are sent
 * @param writing how its masks become tokens
 */
public record FullCanvas(int length, int masks, int steps, boolean omitDrafts, Writing writing) {
  private static final String END = ".";

  /**
   * A canvas of this many tokens in this many steps (at most one a mask), every draft asked for.
   */
  public static FullCanvas of(int length, int steps, Tokenizer tokenizer) {
    int masks = length - tokenizer.encode(END).length;
    return new FullCanvas(length, masks, Math.min(steps, masks), false, Writing.PLAIN);
  }

  /** The same without drafts. */
  FullCanvas withoutDrafts() {
    return new FullCanvas(length, masks, steps, true, writing);
  }

  /** The same, written in another way. */
  FullCanvas written(Writing way) {
    return new FullCanvas(length, masks, steps, omitDrafts, way);
  }

  /** What tells it from others, in words. */
  String name() {
    return length + " tokens" + writing.words();
  }

  /** A request with a seed; the model's own defaults have no say in it. */
  public GenerateRequest request(long seed) {
    return GenerateRequest.newBuilder()
        .addSegments(Segment.newBuilder().setMask(masks))
        .addSegments(Segment.newBuilder().setText(END))
        .setDecoding(writing.decoding(steps))
        .setSeed(seed)
        .setOmitDrafts(omitDrafts)
        .build();
  }
}
