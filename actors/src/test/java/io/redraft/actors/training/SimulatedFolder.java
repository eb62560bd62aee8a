package io.redraft.actors.training;

import io.redraft.model.InvalidInputException;
import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.train.TrainingSession;
import io.redraft.model.train.curriculum.BlockSpan;
import io.redraft.model.train.curriculum.Mechanics;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.curriculum.StagedRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/**
 * A staged run without tensors whose folder outlives everything. Its weights are a hash chain over
 * (stage, step, steps in all): equal only where the same steps were taken in the same order under
 * the same totals, on top of the same committed stages. It objects to whatever must never happen,
 * and fails at random before, in the middle of and after everything that it is asked.
 */
final class SimulatedFolder implements StagedRun {
  /** Weights of a stage after a number of steps. */
  private record Saved(long step, long weights) {}

  private final Random random;
  private final List<Stage> stages = new ArrayList<>();
  private final Map<Integer, Saved> checkpoints = new TreeMap<>();
  private final Map<Integer, Saved> committed = new TreeMap<>();
  final List<String> problems = new ArrayList<>();
  double failures;
  private Stage open;

  SimulatedFolder(Random random) {
    this.random = random;
    int count = 2 + random.nextInt(3);
    for (int number = 1; number <= count; number++) {
      var kind = number > 1 && random.nextInt(3) == 0 ? Stage.Kind.BAND : Stage.Kind.APPEND;
      var block = new BlockSpan(0, number);
      stages.add(
          new Stage(
              number,
              "stage-" + number,
              kind,
              block,
              block,
              true,
              true,
              0,
              1,
              1 + random.nextInt(6),
              Mechanics.PLAIN));
    }
  }

  /** The weights that stages come to when nothing ever fails, under these plans. */
  static long undisturbed(List<RunState.StageState> stages) {
    var weights = 1L;
    for (var stage : stages) {
      for (long step = 0; step < stage.steps().after(step); step++) {
        weights = next(weights, stage.planned().number(), step, stage.steps().after(step));
      }
    }
    return weights;
  }

  private static long next(long weights, int stage, long step, long total) {
    var mixed = weights * 0x9E3779B97F4A7C15L + stage * 1_000_003L + step * 31 + total * 7_919;
    return mixed ^ (mixed >>> 29);
  }

  /** Weights of the last stage, once all are committed. */
  long weights() {
    return committed.get(stages.size()).weights();
  }

  boolean hasCommitted(int stage) {
    return committed.containsKey(stage);
  }

  long checkpointOf(int stage) {
    var saved = checkpoints.get(stage);
    return saved == null ? -1 : saved.step();
  }

  @Override
  public Path folder() {
    return Path.of("run");
  }

  @Override
  public List<Stage> stages() {
    return List.copyOf(stages);
  }

  @Override
  public List<Integer> committed() {
    return List.copyOf(committed.keySet());
  }

  @Override
  public Path complete() {
    fail("complete");
    expect(committed.size() == stages.size(), "all stages are committed before the end");
    return Path.of("model");
  }

  private void fail(String where) {
    if (random.nextDouble() < failures) {
      throw new IllegalStateException("simulated: " + where);
    }
  }

  private void expect(boolean so, String what) {
    if (!so) {
      problems.add(what);
    }
  }

  @Override
  public TrainingSession open(Stage stage, boolean resume) {
    fail("open");
    expect(open == null, "one owner at a time; open is " + open + ", asked for " + stage.number());
    for (int before = 1; before < stage.number(); before++) {
      if (!committed.containsKey(before)) {
        throw InvalidInputException.of("stage", stage.number(), "after " + before);
      }
    }
    expect(resume || !checkpoints.containsKey(stage.number()), "a run's checkpoints are read");
    return new Session(stage);
  }

  private final class Session implements TrainingSession {
    private final int stage;
    private final long first;
    private long total;
    private long step;
    private long weights;

    Session(Stage stage) {
      this.stage = stage.number();
      this.total = stage.steps();
      var begin = this.stage == 1 ? 1 : committed.get(this.stage - 1).weights();
      var saved = checkpoints.getOrDefault(this.stage, new Saved(0, begin));
      saved = committed.getOrDefault(this.stage, saved);
      this.first = saved.step();
      this.step = saved.step();
      this.weights = saved.weights();
      open = stage;
    }

    @Override
    public Description description() {
      return new Description("simulated", 1, 1, total, first, 1, 1, "none");
    }

    @Override
    public long stepsTaken() {
      return step;
    }

    @Override
    public boolean done() {
      return step >= total || committed.containsKey(stage);
    }

    @Override
    public void changeSteps(long steps) {
      total = steps;
    }

    @Override
    public Optional<Logged> step() {
      fail("before a step");
      expect(!committed.containsKey(stage), "no committed step is run twice");
      expect(step >= checkpointOf(stage), "no step before a checkpoint is run twice");
      weights = next(weights, stage, step, total);
      step++;
      fail("after a step");
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
      return step % 2 == 0 || done();
    }

    @Override
    public void checkpoint() {
      fail("before a checkpoint");
      expect(step >= checkpointOf(stage), "checkpoints go forward");
      checkpoints.put(stage, new Saved(step, weights));
      fail("after a checkpoint");
    }

    @Override
    public Path finish() throws IOException {
      fail("before a commit");
      expect(done(), "what is committed is done");
      var result = new Saved(step, weights);
      var before = committed.put(stage, result);
      expect(before == null || before.equals(result), "a commit is never changed");
      fail("after a commit");
      return Path.of("stage-" + stage);
    }

    @Override
    public void close() {
      open = null;
    }
  }
}
