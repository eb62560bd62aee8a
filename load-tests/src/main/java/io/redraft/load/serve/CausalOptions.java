package io.redraft.load.serve;

import io.redraft.server.cli.ModelOption;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options of the comparison with a causal model. */
final class CausalOptions {
  @Option(
      names = "--causal",
      paramLabel = "DIR",
      description = {
        "causal: folder of the causal model, with the same tokenizer. Default: the causal model that ships with",
        "Redraft."
      })
  private Optional<Path> causal;

  @Option(
      names = "--against",
      paramLabel = "WAY",
      description = {
        "causal, latency, overhead: the way of decoding that is looked at. Default: the fastest of the frontier",
        "whose texts are no worse than the first reference's, if that was measured; or "
            + USUAL
            + "."
      })
  private Optional<String> against;

  /** What is looked at where nothing tells which way is best. */
  private static final String USUAL = "threshold=0.7/32/dual";

  /** Made by the command line. */
  CausalOptions() {}

  Path folder() {
    return causal.orElseGet(ModelOption::shippedCausal);
  }

  /** The way that is looked at. */
  Way against(Optional<Way> fastest) {
    return against
        .map(way -> Way.parse("against", way))
        .or(() -> fastest)
        .orElseGet(() -> Way.parse(USUAL));
  }
}
