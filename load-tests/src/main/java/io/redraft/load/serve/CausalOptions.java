package io.redraft.load.serve;

import io.redraft.model.nn.NetworkConfig;
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
        "whose texts are no worse than the first reference's, if that was measured; or",
        "factor=0.5/16/delayed/block-causal/window=6 in a block size that the model has learned, or",
        "threshold=0.7/32/dual where it has learned none."
      })
  private Optional<String> against;

  /** Made by the command line. */
  CausalOptions() {}

  Path folder() {
    return causal.orElseGet(ModelOption::shippedCausal);
  }

  /**
   * Refuses a way that is none.
   *
   * @throws io.redraft.model.InvalidInputException naming the option and what is not allowed
   */
  void check() {
    asked();
  }

  /** The way that is looked at with this network. */
  Way against(Optional<Way> fastest, NetworkConfig network) {
    return asked().or(() -> fastest).orElseGet(() -> UsualWays.fast(network));
  }

  private Optional<Way> asked() {
    return against.map(way -> Way.parse("against", way));
  }
}
