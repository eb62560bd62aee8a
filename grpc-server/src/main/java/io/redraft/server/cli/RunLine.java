package io.redraft.server.cli;

import io.redraft.proto.v1.Run;
import io.redraft.proto.v1.RunStatus;
import java.util.Locale;

/** A run in one line: id, name, what it is about, its stage, its newest checkpoint, its folder. */
final class RunLine {
  private static final String PREFIX = "RUN_STATUS_";

  private RunLine() {}

  static String of(Run run) {
    var status = run.getStatus().name().substring(PREFIX.length()).toLowerCase(Locale.ROOT);
    var note = run.getStatus() == RunStatus.RUN_STATUS_FAILED ? "  " + run.getNote() : "";
    return run.getId()
        + "  "
        + run.getName()
        + "  "
        + status
        + stage(run)
        + "  "
        + run.getFolder()
        + note.lines().findFirst().orElse("");
  }

  /** The stage that is not committed yet, or the last one. */
  private static String stage(Run run) {
    var stages = run.getStagesList();
    if (stages.isEmpty()) {
      return "";
    }
    var at =
        stages.stream()
            .filter(stage -> !stage.getCommitted())
            .findFirst()
            .orElse(stages.get(stages.size() - 1));
    return String.format(
        Locale.ROOT,
        "  stage %d of %d, %s: %s of %,d steps",
        at.getNumber(),
        stages.size(),
        at.getName(),
        at.hasCheckpoint()
            ? String.format(Locale.ROOT, "checkpoint at %,d", at.getCheckpoint())
            : "no checkpoint yet",
        at.getSteps());
  }
}
