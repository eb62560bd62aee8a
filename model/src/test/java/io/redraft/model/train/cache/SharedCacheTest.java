package io.redraft.model.train.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several processes and threads with one cache; some are killed while they write. */
class SharedCacheTest {
  @TempDir private Path root;

  @Test
  void aKilledWriterLeavesWhatItFinishedAndOthersGoOn() throws Exception {
    var folder = root.resolve("cache");
    Process forward = start(folder, 1);
    Process backward = start(folder, -1);
    try (var there = open(folder);
        var one = lines(forward);
        var other = lines(backward)) {
      long last = 0;
      for (int i = 0; i < 300; i++) {
        last = Long.parseLong(one.readLine().strip());
      }
      long lastBack = Long.parseLong(other.readLine().strip());
      forward.destroyForcibly();
      backward.destroyForcibly();
      assertThat(forward.waitFor()).as("killed, not ended by itself").isEqualTo(137);
      assertThat(backward.waitFor()).isEqualTo(137);
      long[] finished = LongStream.rangeClosed(0, last).toArray();
      assertWhole(there, finished);
      assertWhole(there, lastBack);
      for (int sample = 0; sample < EndlessWriter.SAMPLES; sample++) {
        there.put(sample, 0, Caches.stream(sample, 0));
      }
      assertWhole(there, LongStream.range(0, EndlessWriter.SAMPLES).toArray());
    }
    try (var again = open(folder)) {
      assertWhole(again, LongStream.range(0, EndlessWriter.SAMPLES).toArray());
    }
  }

  @Test
  void writersOfTwoProcessesShareTheWork() throws Exception {
    var folder = root.resolve("cache");
    Process forward = start(folder, 1);
    Process backward = start(folder, -1);
    forward.getInputStream().readAllBytes();
    backward.getInputStream().readAllBytes();
    assertThat(forward.waitFor()).isZero();
    assertThat(backward.waitFor()).isZero();
    try (var cache = open(folder)) {
      assertWhole(cache, LongStream.range(0, EndlessWriter.SAMPLES).toArray());
    }
  }

  @Test
  void threadsOfOneProcessTakeTurnsWithCachesOfTheirOwn() throws Exception {
    var folder = root.resolve("cache");
    var threads = Executors.newFixedThreadPool(4);
    List<Callable<Integer>> workers =
        IntStream.range(0, 4).<Callable<Integer>>mapToObj(w -> () -> work(folder, w)).toList();
    int written = 0;
    for (Future<Integer> worker : threads.invokeAll(workers)) {
      written += worker.get();
    }
    threads.shutdown();
    assertThat(written).as("every entry was written by one of them").isEqualTo(400);
    try (var cache = open(folder)) {
      assertWhole(cache, LongStream.range(0, 400).toArray());
    }
  }

  private static int work(Path folder, int worker) throws IOException {
    int written = 0;
    try (var cache = open(folder)) {
      for (int i = 0; i < 400; i++) {
        int sample = (i + 100 * worker) % 400;
        written += cache.put(sample, 0, Caches.stream(sample, 0)) ? 1 : 0;
        assertWhole(cache, sample);
      }
    }
    return written;
  }

  private static void assertWhole(ActivationCache cache, long... samples) throws IOException {
    var batch = Caches.batch(samples.length);
    assertThat(cache.read(samples, 0, batch)).isEmpty();
    for (int i = 0; i < samples.length; i++) {
      assertThat(Caches.entry(batch, i)).isEqualTo(Caches.stream(samples[i], 0));
    }
  }

  private static ActivationCache open(Path folder) throws IOException {
    return ActivationCache.open(
        Caches.settings(folder, EndlessWriter.SAMPLES, EndlessWriter.ONE), Caches.key(1));
  }

  private static BufferedReader lines(Process process) {
    return new BufferedReader(
        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  private static Process start(Path folder, int direction) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            EndlessWriter.class.getName(),
            folder.toString(),
            Integer.toString(direction))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
