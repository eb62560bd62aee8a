package io.redraft.load.soak;

import io.redraft.load.measure.Table;
import io.redraft.load.serve.ServerUnderTest;
import io.redraft.load.soak.MixedRequests.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Thousands of requests of every kind: does what the process holds grow with their number? */
final class RequestSoak {
  /** Growth of resident memory from which on it counts as a leak. */
  static final double MOST_GROWTH = 0.01;

  private static final int CLIENTS = 8;
  private static final int LOOKS = 10;

  /** What was held after so many measured requests. */
  record Look(int requests, Holdings holdings) {}

  /**
   * What was found.
   *
   * @param warmUp requests before the first look
   * @param looks the first after the warm-up, the last after all requests
   */
  record Result(
      int warmUp, int requests, Map<Kind, Integer> kinds, double seconds, List<Look> looks) {
    Holdings first() {
      return looks.get(0).holdings();
    }

    Holdings last() {
      return looks.get(looks.size() - 1).holdings();
    }

    /** Growth of resident memory as a share. */
    double growth() {
      return (double) last().resident() / first().resident() - 1;
    }

    /** What is wrong, in one line; empty if nothing is. */
    String problem() {
      if (!first().handles().equals(last().handles())) {
        return "native handles were %s and are %s; allowed: the same"
            .formatted(first().handles(), last().handles());
      }
      return growth() < MOST_GROWTH
          ? ""
          : String.format(
              Locale.ROOT,
              "resident memory grew by %.2f %%; allowed: less than %.0f %%",
              100 * growth(),
              100 * MOST_GROWTH);
    }

    Table table() {
      var table = new Table("requests", "resident MB", "heap MB", "direct MB", "native handles");
      for (var look : looks) {
        var held = look.holdings();
        table.row(
            String.valueOf(look.requests()),
            Holdings.megabytes(held.resident()),
            Holdings.megabytes(held.heap()),
            Holdings.megabytes(held.direct()),
            String.valueOf(held.handles().total()));
      }
      return table;
    }
  }

  private final ServerUnderTest server;
  private final MixedRequests mixed;
  private final Map<Kind, Integer> kinds = new EnumMap<>(Kind.class);
  private final AtomicInteger next = new AtomicInteger();

  RequestSoak(ServerUnderTest server) {
    this.server = server;
    this.mixed = new MixedRequests(server.model().network().contextLength());
  }

  /**
   * Sends requests.
   *
   * @param progress told what was held, each time that it was looked at
   */
  Result run(int warmUp, int requests, Consumer<Look> progress) throws IOException {
    var clients = Executors.newFixedThreadPool(CLIENTS);
    try {
      send(warmUp, clients);
      kinds.clear();
      var looks = new ArrayList<Look>();
      look(0, looks, progress);
      long start = System.nanoTime();
      int sent = 0;
      for (int i = 1; i <= LOOKS; i++) {
        int until = (int) ((long) requests * i / LOOKS);
        send(until - sent, clients);
        sent = until;
        look(sent, looks, progress);
      }
      return new Result(
          warmUp, requests, new EnumMap<>(kinds), (System.nanoTime() - start) / 1e9, looks);
    } finally {
      clients.shutdownNow();
    }
  }

  private void look(int requests, List<Look> looks, Consumer<Look> progress) throws IOException {
    server.awaitIdle();
    var look = new Look(requests, Holdings.now());
    looks.add(look);
    progress.accept(look);
  }

  private void send(int count, ExecutorService clients) {
    int until = next.get() + count;
    var running = new ArrayList<CompletableFuture<Void>>();
    for (int i = 0; i < CLIENTS; i++) {
      running.add(CompletableFuture.runAsync(() -> client(until), clients));
    }
    try {
      running.forEach(CompletableFuture::join);
    } catch (CompletionException failed) {
      throw failed.getCause() instanceof RuntimeException cause ? cause : failed;
    }
    next.set(until);
  }

  private void client(int until) {
    var client = new SoakClient(server.loopback());
    for (int n = next.getAndIncrement(); n < until; n = next.getAndIncrement()) {
      var one = mixed.get(n);
      client.ask(one);
      synchronized (kinds) {
        kinds.merge(one.kind(), 1, Integer::sum);
      }
    }
  }
}
