package io.redraft.load.serve;

import io.redraft.model.text.Tokenizer;
import io.redraft.proto.v1.Decoding;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.RevealPolicy;
import io.redraft.proto.v1.Segment;
import io.redraft.proto.v1.StepGrid;

/**
 * Requests whose whole canvas is written whatever the model says: a full stop is pinned at the end,
 * before which a text cannot end. Tokens are drawn at temperature 1, so that every seed has a text
 * of its own.
 *
 * @param length tokens of the canvas
 * @param masks tokens to be written
 * @param steps denoising steps
 * @param omitDrafts whether only commits are sent
 */
record FullCanvas(int length, int masks, int steps, boolean omitDrafts) {
  private static final String END = ".";

  /**
   * A canvas of this many tokens in this many steps (at most one a mask), every draft asked for.
   */
  static FullCanvas of(int length, int steps, Tokenizer tokenizer) {
    int masks = length - tokenizer.encode(END).length;
    return new FullCanvas(length, masks, Math.min(steps, masks), false);
  }

  /** The same without drafts. */
  FullCanvas withoutDrafts() {
    return new FullCanvas(length, masks, steps, true);
  }

  /** A request with a seed; the model's own defaults have no say in it. */
  GenerateRequest request(long seed) {
    return GenerateRequest.newBuilder()
        .addSegments(Segment.newBuilder().setMask(masks))
        .addSegments(Segment.newBuilder().setText(END))
        .setDecoding(decoding())
        .setSeed(seed)
        .setOmitDrafts(omitDrafts)
        .build();
  }

  private Decoding decoding() {
    return Decoding.newBuilder()
        .setPolicy(RevealPolicy.REVEAL_POLICY_CONFIDENCE)
        .setGrid(StepGrid.STEP_GRID_UNIFORM)
        .setSteps(steps)
        .setBlock(0)
        .setTemperature(1)
        .setTopK(0)
        .setTopP(1)
        .build();
  }
}
