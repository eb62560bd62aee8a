package io.redraft.load.layerwise;

import io.redraft.load.measure.Table;
import io.redraft.model.ByteCount;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Runs beside each other, and beside the first of them that was trained as a whole. */
final class RunTable {
  private static final String NONE = "-";

  private final Map<String, RunResult> runs;

  /** Runs by their names, in the order of the table. */
  RunTable(Map<String, RunResult> runs) {
    this.runs = runs;
  }

  /** Bounds over that of the run that was trained as a whole; without a joint phase the same. */
  record Beside(Double beforeJoint, double finished) {}

  /**
   * Bounds of all runs beside the first that was trained as a whole; nothing without such a run.
   */
  Map<String, Beside> beside() {
    Map<String, Beside> beside = new LinkedHashMap<>();
    whole()
        .ifPresent(
            whole ->
                runs.forEach(
                    (name, run) -> {
                      var before = run.boundBeforeJoint();
                      beside.put(
                          name,
                          new Beside(
                              before == null ? null : before / whole.bound(),
                              run.bound() / whole.bound()));
                    }));
    return beside;
  }

  private Optional<RunResult> whole() {
    return runs.values().stream().filter(RunResult::whole).findFirst();
  }

  /** One row a run. */
  Table table() {
    var table =
        new Table(
            "run",
            "curriculum",
            "parameters",
            "stages",
            "token-passes",
            "seconds",
            "optimizer, gradient: staged",
            "whole",
            "planned: staged",
            "most",
            "measured: staged",
            "most",
            "nats before joint",
            "of whole's",
            "nats",
            "of whole's");
    var beside = beside();
    runs.forEach((name, run) -> table.row(cells(name, run, beside.get(name))));
    return table;
  }

  private static String[] cells(String name, RunResult run, Beside beside) {
    var before = run.boundBeforeJoint();
    return new String[] {
      name,
      run.curriculum(),
      number("%,d", run.parameters()),
      Integer.toString(run.stages().size()),
      number("%,.0f", run.tokenPasses()),
      number("%.1f", run.seconds()),
      bytes(run.mostStaged(StageResult::plannedOptimizer)),
      bytes(run.endToEndOptimizer()),
      bytes(run.mostStaged(StageResult::plannedTotal)),
      bytes(run.most(StageResult::plannedTotal)),
      bytes(run.mostStaged(StageResult::measured)),
      bytes(run.most(StageResult::measured)),
      before == null ? NONE : number("%.4f", before),
      before == null || beside == null ? NONE : number("%.3f", beside.beforeJoint()),
      number("%.4f", run.bound()),
      beside == null ? NONE : number("%.3f", beside.finished())
    };
  }

  private static String bytes(long count) {
    return count == 0 ? NONE : ByteCount.format(count);
  }

  private static String number(String format, Object value) {
    return String.format(Locale.ROOT, format, value);
  }
}
