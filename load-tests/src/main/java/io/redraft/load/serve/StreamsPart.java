package io.redraft.load.serve;

import io.redraft.load.measure.Report;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Tokens a second of many streams on canvases of several lengths. */
final class StreamsPart implements Part {
  private final List<FullCanvas> canvases;
  private final List<Integer> streams;
  private final int rounds;
  private final Duration time;
  private final Consumer<String> say;

  StreamsPart(
      List<FullCanvas> canvases,
      List<Integer> streams,
      int rounds,
      Duration time,
      Consumer<String> say) {
    this.canvases = canvases;
    this.streams = streams;
    this.rounds = rounds;
    this.time = time;
    this.say = say;
  }

  @Override
  public boolean measure(ServerUnderTest server, Report report) throws Exception {
    var sweep = new StreamSweep(server, canvases, streams);
    say.accept("writing every seed's text alone");
    sweep.writeAlone();
    var cells = sweep.measure(rounds, time, r -> say.accept("streams, round " + (r + 1)));
    Map<String, Object> named = new LinkedHashMap<>();
    cells.forEach((cell, got) -> named.put(cell.canvas() + ", " + cell.streams(), got));
    report
        .put("streams", named)
        .table("Streams over loopback, medians", sweep.table())
        .table("Their batches", sweep.batches())
        .table("Their passes", sweep.ways())
        .line("Every text equals the one that its seed gives alone.");
    return true;
  }
}
