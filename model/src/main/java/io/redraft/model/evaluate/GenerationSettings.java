package io.redraft.model.evaluate;

import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.Sampling;
import io.redraft.model.nn.NetworkConfig;
import java.util.OptionalInt;

/**
 * How a model is to write the texts that are measured.
 *
 * @param samples number of texts
 * @param length tokens of a text; 0 for as many as the model's context holds
 * @param steps denoising steps; empty for one a token
 * @param block masks a block, left to right; 0 is one block over everything
 * @param temperature of drawing tokens
 * @param topP keep the smallest set of tokens with at least this probability
 * @param seed the first text's seed; the others have those that follow it
 */
public record GenerationSettings(
    int samples,
    int length,
    OptionalInt steps,
    int block,
    double temperature,
    double topP,
    long seed) {
  public GenerationSettings {
    if (samples < 1) {
      throw InvalidInputException.of("samples", samples, "1 or more");
    }
    if (length < 0) {
      throw InvalidInputException.of("length", length, "0 (as many as the model holds) or more");
    }
    options(steps, block, temperature, topP); // says what is wrong with them
  }

  /** How a network's masks become tokens; one that knows nothing but blocks writes its largest. */
  DecodeOptions options(NetworkConfig network) {
    var own = DecodeOptions.defaults(network);
    return options(steps, block == 0 ? own.block() : block, temperature, topP)
        .withAttention(own.attention())
        .withCache(own.cache());
  }

  private static DecodeOptions options(
      OptionalInt steps, int block, double temperature, double topP) {
    var options =
        DecodeOptions.DEFAULTS.withBlock(block).withSampling(new Sampling(temperature, 0, topP));
    return steps.isPresent() ? options.withSteps(steps.getAsInt()) : options;
  }
}
