package io.redraft.server.training;

import com.google.rpc.Code;
import io.grpc.StatusRuntimeException;
import io.redraft.actors.training.TrainingRuns;
import io.redraft.server.grpc.StatusTable;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Which run a client means: by id, by folder, or by its folder's last name where one has it. */
final class RunNames {
  private RunNames() {}

  /**
   * The run that is meant.
   *
   * @throws StatusRuntimeException NOT_FOUND where there is none, INVALID_ARGUMENT where there are
   *     several; both tell the ids that there are
   */
  static TrainingRuns.Entry find(List<TrainingRuns.Entry> runs, String wanted) {
    for (var entry : runs) {
      if (entry.id().equals(wanted) || entry.folder().toString().equals(wanted)) {
        return entry;
      }
    }
    var named =
        runs.stream().filter(entry -> RunWriter.name(entry.folder()).equals(wanted)).toList();
    if (named.size() == 1) {
      return named.get(0);
    }
    var shown = wanted.isEmpty() ? "empty" : wanted;
    if (named.isEmpty()) {
      var allowed = runs.isEmpty() ? "none; there is no run here" : list(runs);
      throw StatusTable.of(
          Code.NOT_FOUND, "run", "run is %s; allowed: %s".formatted(shown, allowed));
    }
    throw StatusTable.of(
        Code.INVALID_ARGUMENT,
        "run",
        "run is %s, which %d runs are called; allowed: %s"
            .formatted(shown, named.size(), list(named)));
  }

  /** The run of this process that holds a folder, if there is one. */
  static Optional<TrainingRuns.Entry> in(List<TrainingRuns.Entry> runs, Path folder) {
    return runs.stream().filter(entry -> whole(entry.folder()).equals(whole(folder))).findFirst();
  }

  private static Path whole(Path folder) {
    return folder.toAbsolutePath().normalize();
  }

  private static String list(List<TrainingRuns.Entry> runs) {
    return runs.stream()
        .map(entry -> entry.id() + " (" + entry.folder() + ")")
        .collect(Collectors.joining(", "));
  }
}
