package io.redraft.load.serve;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options of the comparison with a causal model. */
final class CausalOptions {
  private static final Path SHIPPED = Path.of("models", "llama-stories-causal");

  /** Where the launcher says that this checkout lies. */
  private static final String HOME = "redraft.home";

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

  static Path shipped() {
    return Path.of(System.getProperty(HOME, "")).resolve(SHIPPED);
  }

  Path folder() {
    return causal.orElseGet(CausalOptions::shipped);
  }

  /** The way that is looked at. */
  Way against(Optional<Way> fastest) {
    return against
        .map(way -> Way.parse("against", way))
        .or(() -> fastest)
        .orElseGet(() -> Way.parse(USUAL));
  }
}
