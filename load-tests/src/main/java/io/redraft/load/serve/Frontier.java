package io.redraft.load.serve;

import io.redraft.load.measure.Rounds;
import io.redraft.load.serve.Standard.Grade;
import io.redraft.load.serve.WatchedDenoiser.Forward;
import io.redraft.load.serve.WayResult.Passes;
import io.redraft.load.serve.WayResult.Sample;
import io.redraft.model.decode.PassShape;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Speed and quality of ways of decoding: every way writes the same texts, one stream over loopback,
 * drafts included; the ways take turns, text by text, in a new order each time.
 */
final class Frontier {
  private final ServerUnderTest server;
  private final LoadClient client;
  private final Stories stories;
  private final Judge judge;
  private final PassCosts costs = new PassCosts();
  private final Map<Way, WayResult> results = new LinkedHashMap<>();

  /** A frontier of these ways. */
  Frontier(ServerUnderTest server, Stories stories, Judge judge, List<Way> ways) {
    this.server = server;
    this.client = new LoadClient(server.loopback());
    this.stories = stories;
    this.judge = judge;
    ways.forEach(way -> results.put(way, new WayResult()));
  }

  /** Writes so many texts in every way; one more in the first and the last way warms up. */
  Map<Way, WayResult> measure(int texts, Rounds.Progress progress) throws Exception {
    var ways = List.copyOf(results.keySet());
    client.alone(stories.request(0, ways.get(0)));
    client.alone(stories.request(0, ways.get(ways.size() - 1)));
    var turns = new Rounds<Way>();
    for (var way : ways) {
      turns.with(way, text -> write(way, text));
    }
    turns.run(texts, Duration.ZERO, progress);
    return results;
  }

  private double write(Way way, int i) {
    server.takeForwards();
    var text = client.alone(stories.request(i, way));
    var forwards = server.takeForwards();
    Map<PassShape, Integer> shapes = new HashMap<>();
    for (var forward : forwards) {
      costs.add(forward);
      shapes.merge(forward.tasks().get(0).shape(), 1, Integer::sum);
    }
    results
        .get(way)
        .add(
            new Sample(
                text.text(),
                text.tokens(),
                text.usage().getGeneratedTokens(),
                text.seconds(),
                passes(forwards, Frontier::whole),
                passes(forwards, f -> !whole(f)),
                shapes,
                judge.judge(stories.opening(i), text.text())));
    return text.seconds();
  }

  private static boolean whole(Forward forward) {
    return forward.tasks().get(0).shape().extent() == PassShape.Extent.WHOLE;
  }

  private static Passes passes(List<Forward> forwards, Predicate<Forward> kind) {
    var some = forwards.stream().filter(kind).toList();
    return new Passes(some.size(), some.stream().mapToDouble(Forward::seconds).sum());
  }

  /** What passes cost, all ways together. */
  PassCosts costs() {
    return costs;
  }

  /** The fastest way whose texts have one of these grades beside a reference's. */
  Optional<Way> fastest(Way reference, Standard standard, List<Grade> grades) {
    var beside = results.get(reference);
    return results.keySet().stream()
        .filter(way -> grades.contains(grade(results.get(way), beside, standard)))
        .max(Comparator.comparingDouble(way -> results.get(way).tokensPerSecond()));
  }

  static Grade grade(WayResult result, WayResult reference, Standard standard) {
    return standard.grade(
        result.perplexityOver(reference).value(), result.entropyOver(reference).value());
  }
}
