package io.redraft.load.serve;

import io.redraft.load.measure.Series;
import io.redraft.load.serve.WatchedDenoiser.Forward;
import io.redraft.model.decode.DenoiseTask;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * How soon a text is seen and how soon a place is free, in steps of the texts beside it. The server
 * has just as many places as there are texts, so that one text more waits until one is cancelled.
 *
 * <p>A step is the time from one pass of a text to its next; with many texts it may hold several
 * passes. Moments are those at which events reach the client over loopback.
 */
final class Latency {
  /**
   * What was found, one value a try.
   *
   * @param texts texts at the same time
   * @param step milliseconds of a step, median of a try
   * @param firstDraft steps from the admission to the first draft
   * @param passes passes that ended in that time
   * @param freed steps from a cancellation to the admission of the text that waited
   * @param passesUntilFree passes that ended in that time: 0 or 1 if the place is free at the end
   *     of the pass in flight or before
   */
  record Result(
      int texts,
      Series step,
      Series firstDraft,
      Series passes,
      Series freed,
      Series passesUntilFree) {
    private Result(int texts) {
      this(texts, new Series(), new Series(), new Series(), new Series(), new Series());
    }
  }

  private static final int STEADY = 3;
  private static final int WATCHED = 4;

  private final ServerUnderTest server;
  private final Stories stories;
  private final Way way;
  private final Result result;
  private final Random random = new Random(1);

  /**
   * A measurement.
   *
   * @param server with {@code texts} places
   * @param way in which one step writes at least one token
   */
  Latency(ServerUnderTest server, Stories stories, Way way, int texts) {
    this.server = server;
    this.stories = stories;
    this.way = way;
    this.result = new Result(texts);
  }

  /** Tries once more. */
  Result round(int round) {
    int first = round * (result.texts + 1);
    var others = IntStream.range(first, first + result.texts - 1).mapToObj(this::start).toList();
    others.forEach(call -> call.awaitStep(STEADY));
    server.takeForwards();

    park(); // into the middle of a pass
    var probe = start(first + result.texts - 1);
    long admitted = probe.awaitAdmitted();
    long drafted = probe.awaitFirstDraft();
    probe.awaitStep(WATCHED);
    var waiting = start(first + result.texts);
    others.forEach(call -> call.awaitStep(STEADY + WATCHED));
    probe.awaitStep(2 * WATCHED);
    if (waiting.isAdmitted()) {
      throw new IllegalStateException("a text had a place though all were taken");
    }
    park();
    long cancelled = probe.cancel();
    long begun = waiting.awaitAdmitted();
    waiting.awaitFirstDraft(); // so that the pass in flight at that moment has ended

    var calls = new ArrayList<>(others);
    calls.add(waiting);
    calls.forEach(TimedCall::cancel);
    calls.forEach(TimedCall::awaitEnd);
    probe.awaitEnd();
    note(server.takeForwards(), admitted, drafted, cancelled, begun);
    return result;
  }

  private TimedCall start(int text) {
    return TimedCall.start(server.loopback(), stories.request(text, way));
  }

  /** Waits for up to a step, so that what follows meets a pass anywhere. */
  private void park() {
    double step = result.step.values().isEmpty() ? 1 : result.step.median();
    LockSupport.parkNanos((long) (random.nextDouble() * step * 1e6));
  }

  private void note(
      List<Forward> forwards, long admitted, long drafted, long cancelled, long begun) {
    double step = step(forwards);
    result.step.add(step / 1e6);
    result.firstDraft.add((drafted - admitted) / step);
    result.passes.add(ended(forwards, admitted, drafted));
    result.freed.add((begun - cancelled) / step);
    result.passesUntilFree.add(ended(forwards, cancelled, begun));
  }

  private static int ended(List<Forward> forwards, long from, long to) {
    return (int) forwards.stream().filter(f -> f.end() > from && f.end() <= to).count();
  }

  /** Nanoseconds from one pass of a text to its next, the median over all. */
  private static double step(List<Forward> forwards) {
    var seeds =
        forwards.stream()
            .flatMap(forward -> forward.tasks().stream())
            .mapToLong(DenoiseTask::seed)
            .distinct()
            .toArray();
    var steps = new Series();
    for (long seed : seeds) {
      long[] starts =
          forwards.stream()
              .filter(forward -> forward.tasks().stream().anyMatch(t -> t.seed() == seed))
              .mapToLong(Forward::start)
              .toArray();
      for (int i = 1; i < starts.length; i++) {
        steps.add(starts[i] - starts[i - 1]);
      }
    }
    return steps.median();
  }
}
