package io.redraft.load.soak;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.redraft.load.measure.Table;
import io.redraft.load.serve.FullCanvas;
import io.redraft.load.serve.LoadClient;
import io.redraft.load.serve.ServerUnderTest;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.GenerationGrpc;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/**
 * Clients that read one event and then nothing, each over a connection of its own, while others
 * read their texts: does what is kept for them grow, and do the others notice?
 */
final class StalledSoak {
  /** Growth of the heap and of direct memory from which on something is not bounded. */
  static final long MOST_GROWTH = 16_000_000;

  /** Share of its speed that a live client keeps at least. */
  static final double LEAST_SPEED = 0.8;

  private static final int LIVE = 4;
  private static final int WINDOW = 64 << 10;

  /** What was held, and texts of live clients a second until then. */
  record Look(double second, Holdings holdings, double textsPerSecond) {}

  /**
   * What was found.
   *
   * @param before without any stalled client
   * @param looks the first when all had their first event, and every text was written
   */
  record Result(int stalled, Look before, List<Look> looks) {
    long heapGrowth() {
      return spread(looks.stream().mapToLong(look -> look.holdings().heap()));
    }

    long directGrowth() {
      return spread(looks.stream().mapToLong(look -> look.holdings().direct()));
    }

    /** Speed of the live clients beside the stalled ones, of that without. */
    double speed() {
      return looks.stream().skip(1).mapToDouble(Look::textsPerSecond).average().orElse(0)
          / before.textsPerSecond();
    }

    /** What is wrong, in one line; empty if nothing is. */
    String problem() {
      if (heapGrowth() > MOST_GROWTH || directGrowth() > MOST_GROWTH) {
        return "heap and direct memory moved by %s and %s MB; allowed: %s MB each"
            .formatted(
                Holdings.megabytes(heapGrowth()),
                Holdings.megabytes(directGrowth()),
                Holdings.megabytes(MOST_GROWTH));
      }
      return speed() >= LEAST_SPEED
          ? ""
          : String.format(
              Locale.ROOT,
              "live clients kept %.2f of their speed; allowed: %.1f or more",
              speed(),
              LEAST_SPEED);
    }

    Table table() {
      var table =
          new Table("seconds", "heap MB", "direct MB", "resident MB", "texts/s of live clients");
      row(table, "before", before);
      looks.forEach(look -> row(table, String.format(Locale.ROOT, "%.0f", look.second()), look));
      return table;
    }

    private static void row(Table table, String name, Look look) {
      table.row(
          name,
          Holdings.megabytes(look.holdings().heap()),
          Holdings.megabytes(look.holdings().direct()),
          Holdings.megabytes(look.holdings().resident()),
          String.format(Locale.ROOT, "%.2f", look.textsPerSecond()));
    }

    private static long spread(LongStream values) {
      var statistics = values.summaryStatistics();
      return statistics.getMax() - statistics.getMin();
    }
  }

  private final ServerUnderTest server;
  private final GenerateRequest stalling;
  private final FullCanvas live;
  private final LoadClient client;
  private long seed;

  /**
   * Soaks a server.
   *
   * @param stalling the text of those that stop reading: long enough for the transport to be full
   * @param live the text of those that go on
   */
  StalledSoak(ServerUnderTest server, FullCanvas stalling, FullCanvas live) {
    this.server = server;
    this.stalling = stalling.request(1);
    this.live = live;
    this.client = new LoadClient(server.loopback());
  }

  /** Looks, stalls so many clients, and goes on to look for as long. */
  Result run(int stalled, Duration time, int looks, Consumer<Look> progress) throws IOException {
    var share = time.dividedBy(looks);
    write(share); // warms up
    var before = look(0, write(share));
    progress.accept(before);
    var calls = new ArrayList<Stalled>();
    try {
      for (int i = 0; i < stalled; i++) {
        calls.add(new Stalled(server.connect(WINDOW)));
      }
      calls.forEach(call -> call.first.join());
      var found = new ArrayList<Look>();
      found.add(look(0, 0));
      progress.accept(found.get(0));
      for (int i = 1; i <= looks; i++) {
        double speed = write(share);
        found.add(look(i * share.toMillis() / 1e3, speed));
        progress.accept(found.get(i));
      }
      checkStalled(calls);
      return new Result(stalled, before, found);
    } finally {
      calls.forEach(Stalled::end);
    }
  }

  /** Texts a second, of clients that ask for one after another for so long. */
  private double write(Duration time) {
    long start = System.nanoTime();
    int texts = 0;
    do {
      var requests = LongStream.range(seed, seed + LIVE).mapToObj(live::request).toList();
      seed += LIVE;
      texts += client.together(requests).size();
    } while (System.nanoTime() - start < time.toNanos());
    return texts / ((System.nanoTime() - start) / 1e9);
  }

  private Look look(double second, double speed) throws IOException {
    server.awaitIdle();
    return new Look(second, Holdings.now(), speed);
  }

  /** One whose call has ended was not stalled, and the measurement says nothing. */
  private static void checkStalled(List<Stalled> calls) {
    long ended = calls.stream().filter(call -> call.closed.isDone()).count();
    if (ended > 0) {
      throw new IllegalStateException(
          ended + " of " + calls.size() + " stalled calls have ended: their texts are too short");
    }
  }

  /** A client that asks for one message, and never for another. */
  private final class Stalled extends ClientCall.Listener<GenerateEvent> {
    private final CompletableFuture<Void> first = new CompletableFuture<>();
    private final CompletableFuture<Status> closed = new CompletableFuture<>();
    private final ManagedChannel connection;

    Stalled(ManagedChannel connection) {
      this.connection = connection;
      var call = connection.newCall(GenerationGrpc.getGenerateMethod(), CallOptions.DEFAULT);
      call.start(this, new Metadata());
      call.sendMessage(stalling);
      call.halfClose();
      call.request(1);
    }

    @Override
    public void onMessage(GenerateEvent event) {
      first.complete(null);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      closed.complete(status);
      first.completeExceptionally(status.asRuntimeException());
    }

    void end() {
      connection.shutdownNow();
    }
  }
}
