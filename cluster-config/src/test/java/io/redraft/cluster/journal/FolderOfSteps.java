package io.redraft.cluster.journal;

import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.train.TrainingSession;
import io.redraft.model.train.curriculum.BlockSpan;
import io.redraft.model.train.curriculum.Mechanics;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.curriculum.StagedRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A run of three stages whose "weights" are the steps that were taken, kept as small files in a
 * real folder: {@code stage-N} is committed, {@code stage-N.checkpoint} is not.
 */
class FolderOfSteps implements StagedRun {
  private static final int STAGES = 3;

  private final Path folder;
  private final long steps;
  final List<String> taken = new ArrayList<>();
  volatile String stopBefore = "";

  FolderOfSteps(Path folder, long steps) {
    this.folder = folder;
    this.steps = steps;
  }

  @Override
  public Path folder() {
    return folder;
  }

  @Override
  public List<Stage> stages() {
    return IntStream.rangeClosed(1, STAGES).mapToObj(this::stage).toList();
  }

  private Stage stage(int number) {
    var block = new BlockSpan(0, number);
    return new Stage(
        number,
        "append-" + number,
        Stage.Kind.APPEND,
        block,
        block,
        true,
        true,
        0,
        1,
        steps,
        Mechanics.PLAIN);
  }

  @Override
  public List<Integer> committed() {
    return stages().stream()
        .map(Stage::number)
        .filter(number -> Files.exists(folder.resolve("stage-" + number)))
        .toList();
  }

  @Override
  public Path complete() throws IOException {
    var all = new StringBuilder();
    for (var stage : stages()) {
      all.append(Files.readString(folder.resolve("stage-" + stage.number())));
    }
    return Files.writeString(folder.resolve("model"), all);
  }

  @Override
  public TrainingSession open(Stage stage, boolean resume) throws IOException {
    return new Session(stage, resume);
  }

  private final class Session implements TrainingSession {
    private final int stage;
    private final Path checkpoint;
    private final long first;
    private final StringBuilder weights = new StringBuilder();
    private long total;
    private long step;

    Session(Stage stage, boolean resume) throws IOException {
      this.stage = stage.number();
      this.total = stage.steps();
      this.checkpoint = folder.resolve("stage-" + stage.number() + ".checkpoint");
      if (resume && Files.exists(checkpoint)) {
        weights.append(Files.readString(checkpoint));
      }
      first = weights.toString().lines().count();
      step = first;
    }

    @Override
    public Description description() {
      return new Description("disk", 1, 1, total, first, 1, 1, "none");
    }

    @Override
    public long stepsTaken() {
      return step;
    }

    @Override
    public boolean done() {
      return step >= total;
    }

    @Override
    public void changeSteps(long steps) {
      total = steps;
    }

    @Override
    public Optional<Logged> step() throws IOException {
      var name = stage + "." + step;
      if (name.equals(stopBefore)) {
        throw new IOException("the power is gone");
      }
      taken.add(name);
      weights.append(name).append(" of ").append(total).append('\n');
      step++;
      return Optional.empty();
    }

    @Override
    public boolean evaluationDue() {
      return false;
    }

    @Override
    public Evaluation evaluate() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean checkpointDue() {
      return step % 2 == 0;
    }

    @Override
    public void checkpoint() throws IOException {
      Files.writeString(checkpoint, weights);
    }

    @Override
    public Path finish() throws IOException {
      return Files.writeString(folder.resolve("stage-" + stage), weights);
    }

    @Override
    public void close() {}
  }

  /** Names of the files that a run leaves beside its own. */
  static List<String> names(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }
}
