package io.redraft.model.train.cache;

import java.nio.file.Path;

/** A process that fills a cache, a line for every entry, until it is killed or done. */
final class EndlessWriter {
  static final int SAMPLES = 4000;
  static final Realisations ONE = new Realisations(1, 0);

  private EndlessWriter() {}

  /** Arguments: the folder; 1 to write from the front, -1 from the back. */
  public static void main(String[] arguments) throws Exception {
    var settings = Caches.settings(Path.of(arguments[0]), SAMPLES, ONE);
    boolean back = arguments[1].equals("-1");
    try (var cache = ActivationCache.open(settings, Caches.key(1))) {
      for (int i = 0; i < SAMPLES; i++) {
        int sample = back ? SAMPLES - 1 - i : i;
        cache.put(sample, 0, Caches.stream(sample, 0));
        // Long lines: whoever reads few of them finds the process waiting for room in the pipe.
        System.out.printf("%100d%n", sample);
      }
    }
  }
}
