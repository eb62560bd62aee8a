package io.redraft.load.serve;

import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.Sampling;
import io.redraft.model.text.Tokenizer;
import io.redraft.proto.v1.Decoding;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.Segment;
import java.util.List;

/**
 * Texts to be written on from openings: the i-th has the i-th opening, beginning again after the
 * last, and a seed of its own. All fill their canvas, so that every way of decoding writes equally
 * many tokens.
 *
 * @param openings what texts begin with
 * @param length tokens of a canvas
 * @param tokenizer of the model that writes
 * @param sampling how tokens are drawn
 */
record Stories(List<String> openings, int length, Tokenizer tokenizer, Sampling sampling) {
  private static final long FIRST_SEED = 1;

  Stories {
    for (String opening : openings) {
      int tokens = tokenizer.encode(opening).length;
      if (tokens == 0 || tokens >= length) {
        throw InvalidInputException.of(
            "prompts",
            "“" + opening + "”, " + tokens + " tokens",
            "1 to %d tokens, less than the canvas".formatted(length - 1));
      }
    }
  }

  /** What the i-th text begins with. */
  String opening(int i) {
    return openings.get(i % openings.size());
  }

  /** The seed of the i-th text. */
  long seed(int i) {
    return FIRST_SEED + i;
  }

  /** Tokens that are written of the i-th text. */
  int masks(int i) {
    return length - tokenizer.encode(opening(i)).length;
  }

  /** Asks a denoiser for the i-th text. */
  GenerateRequest request(int i, Way way) {
    return request(i, way.decoding(masks(i), sampling));
  }

  /** Asks any model for the i-th text. */
  GenerateRequest request(int i, Decoding decoding) {
    return GenerateRequest.newBuilder()
        .addSegments(Segment.newBuilder().setText(opening(i)))
        .addSegments(Segment.newBuilder().setMask(masks(i)))
        .setDecoding(decoding)
        .setSeed(seed(i))
        .build();
  }

  /** The decoding of a causal model, for which blocks and masks mean nothing. */
  Decoding leftToRight() {
    return Decoding.newBuilder()
        .setTemperature(sampling.temperature())
        .setTopK(sampling.topK())
        .setTopP(sampling.topP())
        .build();
  }
}
