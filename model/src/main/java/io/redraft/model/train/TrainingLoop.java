package io.redraft.model.train;

import io.redraft.model.InvalidInputException;
import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.noise.CounterHash;
import io.redraft.model.objective.Batch;
import io.redraft.model.train.config.LoopSettings;
import io.redraft.model.train.config.OptimizerSettings;
import io.redraft.model.train.config.TrainingConfig;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Steps, and what is counted while they are taken: losses since the last line of metrics, steps
 * without a finite gradient, sequences that memory holds, and the pace. Everything that a step
 * reads is a function of its number, of what learns and of {@link State}.
 *
 * @param <B> what a step is made of
 */
public final class TrainingLoop<B extends Batch<B>> implements AutoCloseable {
  /** What learns. */
  public interface Learner<B extends Batch<B>> extends MicroBatching.Device<B> {
    /** Applies the accumulated gradient and clears it. */
    void update(OptimizerSettings settings, double learningRate, double emaDecay);

    /** Steps whose numbers wait to be drained. */
    int pending();

    /** Numbers of the steps since the last call, oldest first; waits for the device. */
    List<NetworkOnDevice.StepNumbers> drain();
  }

  /** What every step sees. */
  public interface Batches<B> {
    /** The micro-batches of a step counted from 0. */
    List<B> step(long step) throws IOException;

    /** Passes over the text that lie behind at a step. */
    double passes(long step);
  }

  /**
   * What is counted, between two steps.
   *
   * @param step steps that were taken
   * @param window losses since the last line of metrics, so that the next line is the same
   * @param skipped steps so far whose gradient was not finite
   * @param skippedInARow the latest of them without another step in between
   * @param microBatch sequences computed at a time, after what memory made of it
   */
  public record State(
      long step, List<Float> window, long skipped, int skippedInARow, int microBatch) {
    /** Before the first step. */
    public static State first(int microBatch) {
      return new State(0, List.of(), 0, 0, microBatch);
    }
  }

  private final LoopSettings training;
  private final OptimizerSettings optimizer;
  private final Learner<B> learner;
  private final Batches<B> batches;
  private final RunMetrics metrics;
  private final Pace pace;
  private final long dropoutSeed;
  private final List<Float> window;
  private final SkippedSteps skips;
  private final MicroBatching microBatching;
  private final long firstStep;
  private long step;
  private long steps;

  /**
   * Goes on from a state.
   *
   * @param folder where metrics go; what they tell of later steps is cut off
   * @param config the settings of the loop and the optimizer, and the run's seed
   * @param flops operations of a step by the places that it computes and the rows that it asks
   *     about
   * @param peak operations that the device does in a second at best
   */
  public static <B extends Batch<B>> TrainingLoop<B> open(
      RunFolder folder,
      TrainingConfig config,
      Learner<B> learner,
      Batches<B> batches,
      State first,
      StepFlops flops,
      double peak)
      throws IOException {
    var metrics = RunMetrics.open(folder, first.step(), Clock.systemUTC());
    var pace = new Pace(flops, peak, config.tokensPerStep(), first.step(), System::nanoTime);
    return new TrainingLoop<>(config, learner, batches, metrics, pace, first);
  }

  private TrainingLoop(
      TrainingConfig config,
      Learner<B> learner,
      Batches<B> batches,
      RunMetrics metrics,
      Pace pace,
      State first) {
    this.training = config.training();
    this.optimizer = config.optimizer();
    this.learner = learner;
    this.batches = batches;
    this.metrics = metrics;
    this.pace = pace;
    this.dropoutSeed = CounterHash.derive(config.run().seed(), "dropout");
    this.window = new ArrayList<>(first.window());
    this.skips = new SkippedSteps(training.maxSkipped(), first.skipped(), first.skippedInARow());
    this.microBatching = new MicroBatching(Math.min(training.batch(), first.microBatch()));
    this.firstStep = first.step();
    this.step = firstStep;
    this.steps = training.steps();
  }

  /** Steps taken so far. */
  public long step() {
    return step;
  }

  /** Steps that an earlier start has taken. */
  public long firstStep() {
    return firstStep;
  }

  /** Steps that will have been taken in the end. */
  public long steps() {
    return steps;
  }

  /**
   * Another number of steps in the end, from the next one on.
   *
   * @throws InvalidInputException if it is not 1 or more
   */
  public void changeSteps(long steps) {
    if (steps < 1) {
      throw InvalidInputException.of("steps", steps, "1 or more");
    }
    this.steps = steps;
  }

  /** Whether all steps are taken. */
  public boolean done() {
    return step >= steps;
  }

  /** Sequences that are computed at a time. */
  public int microBatch() {
    return microBatching.sequences();
  }

  /** Passes over the text that lie behind. */
  public double passes() {
    return batches.passes(step);
  }

  /** Takes a step; the result is there when a line of metrics was written. */
  public Optional<TrainingSession.Logged> take() throws IOException {
    var seeds = new long[training.accumulate()];
    Arrays.setAll(seeds, micro -> CounterHash.bits(dropoutSeed, step, micro));
    var asked = batches.step(step);
    microBatching.accumulate(new Accumulator(), asked, seeds);
    asked.forEach(batch -> pace.asked(batch.places(), batch.size()));
    var rate = optimizer.learningRate(step, steps);
    learner.update(optimizer, rate, optimizer.emaDecay(step));
    step++;
    if (step % training.logEvery() == 0 || done()) {
      return Optional.of(log(collect(), rate));
    }
    if (learner.pending() == NetworkOnDevice.LINES) {
      collect();
    }
    return Optional.empty();
  }

  /** What learns, as {@link MicroBatching} sees it. */
  private final class Accumulator implements MicroBatching.Device<B> {
    @Override
    public void accumulate(B batch, long seed) {
      learner.accumulate(batch, seed);
    }

    @Override
    public void discard() {
      collect(); // or the numbers of earlier steps would be lost with those of this one
      learner.discard();
    }

    @Override
    public boolean giveBack() {
      return learner.giveBack();
    }
  }

  /** Brings the device's numbers to the window and returns the newest gradient norm. */
  private double collect() {
    var norm = Double.NaN;
    var numbered = step - learner.pending();
    for (var numbers : learner.drain()) {
      if (!numbers.skipped()) {
        window.add(numbers.loss());
      }
      skips.count(numbers.skipped(), ++numbered);
      norm = numbers.gradientNorm();
    }
    return norm;
  }

  private TrainingSession.Logged log(double norm, double rate) throws IOException {
    var sum = 0.0;
    for (var loss : window) {
      sum += loss;
    }
    var found = pace.read(step, steps);
    var logged =
        new TrainingSession.Logged(
            step,
            sum / window.size(),
            norm,
            rate,
            skips.all(),
            found.tokensPerSecond(),
            found.utilization(),
            found.secondsLeft(),
            microBatching.sequences());
    window.clear();
    metrics.logged(logged, passes());
    return logged;
  }

  /** Something that is done between two steps, and does not count as training. */
  @FunctionalInterface
  public interface Interlude<T> {
    /** Does it. */
    T run() throws IOException;
  }

  /** Does something when all steps so far are computed, and leaves its time out of the pace. */
  public <T> T between(Interlude<T> interlude) throws IOException {
    collect();
    var paused = pace.now();
    var result = interlude.run();
    pace.leaveOut(paused);
    return result;
  }

  /** Writes what an evaluation of what there is now has found. */
  public void evaluated(Evaluation found) throws IOException {
    metrics.evaluated(step, found);
  }

  @Override
  public void close() throws IOException {
    metrics.close();
  }

  /** What is counted now. */
  public State state() {
    collect();
    return new State(
        step, List.copyOf(window), skips.all(), skips.inARow(), microBatching.sequences());
  }
}
