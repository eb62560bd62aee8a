package io.redraft.load.serve;

import io.redraft.load.measure.Report;
import io.redraft.load.measure.Table;
import io.redraft.model.Choice;
import io.redraft.model.nn.ComputeType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** Whether a crowd changes a text: in each type of numbers, and with {@code batch_invariant}. */
final class EqualityPart implements Part {
  /**
   * What is compared.
   *
   * @param type numbers of the network
   * @param batchInvariant whether requests share no pass
   */
  private record Case(ComputeType type, boolean batchInvariant) {
    @Override
    public String toString() {
      return Choice.key(type) + (batchInvariant ? ", batch_invariant" : "");
    }
  }

  private final ServedModel model;
  private final int requests;
  private final List<Integer> crowds;
  private final Consumer<String> say;

  EqualityPart(ServedModel model, int requests, List<Integer> crowds, Consumer<String> say) {
    this.model = model;
    this.requests = requests;
    this.crowds = crowds;
    this.say = say;
  }

  /** Each case has a server of its own. */
  @Override
  public boolean measure(ServerUnderTest unused, Report report) throws Exception {
    Map<String, Equality.Result> results = new LinkedHashMap<>();
    List<String> faults = new ArrayList<>();
    for (var one : cases()) {
      var result = compare(one);
      results.put(one.toString(), result);
      faults.addAll(faults(one.type(), one.batchInvariant(), result));
    }
    report
        .put("equality", results)
        .table(
            "%d requests, each at the temperatures %s, alone and in crowds"
                .formatted(requests, EqualityRequests.TEMPERATURES),
            table(results));
    results.forEach(
        (name, r) -> report.line("Passes by requests in them, " + name + ": " + r.passes()));
    faults.forEach(report::line);
    return faults.isEmpty();
  }

  /** What must not be: any difference in float32, or of requests that share no pass. */
  static List<String> faults(ComputeType type, boolean batchInvariant, Equality.Result result) {
    if (result.different() == 0 || !(type == ComputeType.FLOAT32 || batchInvariant)) {
      return List.of();
    }
    List<String> faults = new ArrayList<>();
    faults.add("Different though it must not be, " + new Case(type, batchInvariant) + ":");
    faults.addAll(result.examples());
    return faults;
  }

  private List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    var types = model.typeGiven() ? List.of(model.type()) : List.of(ComputeType.values());
    for (var type : types) {
      cases.add(new Case(type, false));
      if (type != ComputeType.FLOAT32) {
        cases.add(new Case(type, true));
      }
    }
    return cases;
  }

  private Equality.Result compare(Case one) throws Exception {
    try (var server = model.start(one.type(), Map.of())) {
      var network = model.folder().config();
      var drawn =
          new EqualityRequests(
                  network.contextLength() - 1, one.batchInvariant(), network.attentionBlocks())
              .draw(requests);
      // What shares no pass is the same in every crowd; the largest is enough.
      var sizes = one.batchInvariant() ? crowds.subList(crowds.size() - 1, crowds.size()) : crowds;
      return new Equality(server, drawn)
          .compare(sizes, size -> say.accept("equality, " + one + ", crowds of " + size));
    }
  }

  private static Table table(Map<String, Equality.Result> results) {
    var table =
        new Table("numbers", "crowds of", "compared", "different", "rate", "requests with one");
    results.forEach(
        (name, r) ->
            table.row(
                name,
                r.crowds().get(0) + " to " + r.crowds().get(r.crowds().size() - 1),
                String.valueOf(r.compared()),
                String.valueOf(r.different()),
                String.format(Locale.ROOT, "%.3f %%", 100.0 * r.different() / r.compared()),
                r.differentRequests() + " of " + r.requests()));
    return table;
  }
}
