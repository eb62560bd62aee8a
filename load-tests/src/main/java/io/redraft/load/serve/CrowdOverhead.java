package io.redraft.load.serve;

import io.redraft.load.measure.CpuTimes;
import io.redraft.load.measure.Series;
import io.redraft.load.serve.WatchedDenoiser.Forward;
import io.redraft.model.decode.CacheUse;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.proto.v1.GenerateRequest;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;

/**
 * What a step of many streams costs beyond the network. From the moment at which every text has
 * taken part in a pass until the first has taken part in its last, work always waits: the time
 * between two forward passes is that of everything else on the way of a step (decoding rules,
 * scheduling, messages).
 *
 * <p>Events are encoded and sent while the network computes. They cannot lengthen that time, but
 * they take cores from the network: so the very same passes are computed once more on the device's
 * thread with nothing else to do, and what they are longer by in a server is told beside the
 * processor time of all other threads of Java, and of other processes, which lengthen both.
 */
final class CrowdOverhead {
  /**
   * What was found, one value a round.
   *
   * @param streams texts at the same time
   * @param canvases mean of a pass
   * @param step milliseconds from the start of a pass to that of the next
   * @param network of these, in the network
   * @param between of these, between two passes
   * @param alone milliseconds in which the network computes the same pass with nothing else to do
   * @param threads milliseconds of processor time a pass in all Java threads but the device's, the
   *     clients' included
   * @param others cores that other processes used
   */
  record Result(
      int streams,
      Series canvases,
      Series step,
      Series network,
      Series between,
      Series alone,
      Series threads,
      Series others) {
    private Result(int streams) {
      this(
          streams,
          new Series(),
          new Series(),
          new Series(),
          new Series(),
          new Series(),
          new Series(),
          new Series());
    }

    /** Share of a step in which the device waits though there is work: 0.05 is the most wanted. */
    public double getShare() {
      return between.median() / step.median();
    }

    /** What a pass in the server is longer by than alone; 0.1 is a tenth. */
    public double getSlowdown() {
      return network.median() / alone.median() - 1;
    }
  }

  private final ServerUnderTest server;
  private final LoadClient client;
  private final Result result;
  private final List<GenerateRequest> requests;

  /** A measurement of these texts, which must have different seeds. */
  CrowdOverhead(ServerUnderTest server, List<GenerateRequest> requests) {
    this.server = server;
    this.client = new LoadClient(server.loopback());
    this.requests = requests;
    this.result = new Result(requests.size());
  }

  /** Measures once more. */
  Result round() {
    long device = server.onDevice(() -> Thread.currentThread().getId());
    server.takeForwards();
    var before = CpuTimes.now(device);
    var begun = new CountDownLatch(requests.size());
    server.holdDevice(begun); // no pass before all texts have a place
    client.together(requests, begun);
    var used = CpuTimes.now(device).since(before);
    var forwards = server.takeForwards();

    int from = firstWithAll(forwards);
    int to = lastWithAll(forwards);
    int steps = to - from; // a step ends where the next pass begins
    if (steps < 1) {
      throw new IllegalStateException("the texts never met in a batch; they are too short");
    }
    double step = (forwards.get(to).start() - forwards.get(from).start()) / 1e6 / steps;
    var window = forwards.subList(from, to);
    double network = 1e3 * window.stream().mapToDouble(Forward::seconds).sum() / steps;
    result.step.add(step);
    result.network.add(network);
    result.between.add(step - network);
    result.canvases.add(
        window.stream().mapToInt(forward -> forward.tasks().size()).average().orElseThrow());
    result.alone.add(alone(forwards, from, to) / steps);
    result.threads.add(1e3 * used.threads() / forwards.size());
    result.others.add(used.othersCores());
    return result;
  }

  /** Index of the pass with which every text has taken part in one. */
  private int firstWithAll(List<Forward> forwards) {
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < forwards.size(); i++) {
      forwards.get(i).tasks().forEach(task -> seen.add(task.seed()));
      if (seen.size() == requests.size()) {
        return i;
      }
    }
    throw new IllegalStateException(
        seen.size() + " texts were computed after " + requests.size() + " requests");
  }

  /** Index of the last pass that is not behind any text's last. */
  private int lastWithAll(List<Forward> forwards) {
    Set<Long> seen = new HashSet<>();
    for (int i = forwards.size() - 1; i >= 0; i--) {
      forwards.get(i).tasks().forEach(task -> seen.add(task.seed()));
      if (seen.size() == requests.size()) {
        return i;
      }
    }
    return -1;
  }

  /** Milliseconds of the passes of a range, after those that fill the caches that they use. */
  private double alone(List<Forward> forwards, int from, int to) {
    return server.onDevice(
        () -> {
          long nanos = 0;
          for (int i = 0; i < to; i++) {
            long start = System.nanoTime();
            server.bare().denoise(forwards.get(i).tasks());
            nanos += i < from ? 0 : System.nanoTime() - start;
          }
          sequences(forwards).forEach(server.bare()::release);
          return nanos / 1e6;
        });
  }

  private static Set<Long> sequences(List<Forward> forwards) {
    return forwards.stream()
        .flatMap(forward -> forward.tasks().stream())
        .map(DenoiseTask::cache)
        .filter(CacheUse.Refresh.class::isInstance)
        .map(cache -> ((CacheUse.Refresh) cache).sequence())
        .collect(Collectors.toSet());
  }
}
