package io.redraft.load.serve;

import io.redraft.proto.v1.GenerateRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.IntConsumer;

/**
 * Whether a request's text depends on what else the server computes: every request is written
 * alone, and then once in a crowd of each size. In half of a size's crowds all canvases are equally
 * long, so that they share every pass that they can; in the others lengths, policies, caches and
 * guidance are mixed.
 */
final class Equality {
  /** Requests where none is asked for. */
  static final int USUAL_REQUESTS = 100;

  /**
   * What was found.
   *
   * @param requests different requests
   * @param compared texts that were written in a crowd
   * @param different those of them that had another token than the same request's text alone
   * @param differentRequests requests with at least one such text
   * @param crowds crowd sizes
   * @param passes forward passes of the crowds by how many requests were in them
   * @param examples a few different texts, in words
   */
  record Result(
      int requests,
      long compared,
      long different,
      int differentRequests,
      List<Integer> crowds,
      Map<Integer, Long> passes,
      List<String> examples) {}

  private static final int EXAMPLES = 5;

  private final ServerUnderTest server;
  private final LoadClient client;
  private final List<GenerateRequest> requests;
  private final List<Text> alone = new ArrayList<>();

  /** A comparison of these requests. */
  Equality(ServerUnderTest server, List<GenerateRequest> requests) {
    this.server = server;
    this.client = new LoadClient(server.loopback());
    this.requests = requests;
  }

  /**
   * Compares.
   *
   * @param crowds sizes, each 2 or more
   * @param progress told each size before its crowds; 1 before the texts that are written alone
   */
  Result compare(List<Integer> crowds, IntConsumer progress) {
    progress.accept(1);
    requests.forEach(request -> alone.add(client.alone(request)));
    server.takeForwards();
    long compared = 0;
    long different = 0;
    var changed = new boolean[requests.size()];
    List<String> examples = new ArrayList<>();
    Map<Integer, Long> passes = new TreeMap<>();
    for (int size : crowds) {
      progress.accept(size);
      for (var crowd : crowds(size)) {
        var texts = client.together(crowd.stream().map(requests::get).toList());
        for (int i = 0; i < crowd.size(); i++) {
          int request = crowd.get(i);
          compared++;
          if (!same(texts.get(i), alone.get(request))) {
            different++;
            changed[request] = true;
            examples.add(example(request, size, texts.get(i)));
          }
        }
      }
      server.takeForwards().forEach(f -> passes.merge(f.tasks().size(), 1L, Long::sum));
    }
    int requestsChanged = 0;
    for (boolean one : changed) {
      requestsChanged += one ? 1 : 0;
    }
    return new Result(
        requests.size(),
        compared,
        different,
        requestsChanged,
        crowds,
        passes,
        List.copyOf(examples.subList(0, Math.min(EXAMPLES, examples.size()))));
  }

  private static boolean same(Text one, Text other) {
    return Arrays.equals(one.tokens(), other.tokens()) && one.text().equals(other.text());
  }

  private String example(int request, int size, Text text) {
    return "request %d in a crowd of %d: %s instead of %s; %s"
        .formatted(
            request,
            size,
            Arrays.toString(text.tokens()),
            Arrays.toString(alone.get(request).tokens()),
            requests.get(request).toString().replaceAll("\\s+", " ").strip());
  }

  /** Every request in one crowd of this size; the last crowd may be smaller. */
  private List<List<Integer>> crowds(int size) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      order.add(i);
    }
    Collections.shuffle(order, new Random(size));
    int half = order.size() / 2;
    order.subList(0, half).sort(Comparator.comparing(i -> EqualityRequests.shape(requests.get(i))));
    List<List<Integer>> crowds = new ArrayList<>();
    for (int from = 0; from < order.size(); from += size) {
      crowds.add(order.subList(from, Math.min(order.size(), from + size)));
    }
    return crowds;
  }
}
