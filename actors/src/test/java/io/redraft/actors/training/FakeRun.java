package io.redraft.actors.training;

import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.train.TrainingSession;
import io.redraft.model.train.curriculum.BlockSpan;
import io.redraft.model.train.curriculum.Mechanics;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.curriculum.StagedRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * A run without tensors: counts steps, forgets what was not saved, and fails where it is told to.
 */
class FakeRun implements StagedRun {
  final long steps;
  final List<Long> taken = Collections.synchronizedList(new ArrayList<>());
  final Set<String> threads = Collections.synchronizedSet(new HashSet<>());
  final List<Boolean> resumed = Collections.synchronizedList(new ArrayList<>());
  volatile int opened;
  volatile int closed;
  volatile boolean finished;
  volatile boolean left;
  private final long checkpointEvery;
  private final List<Failure> failures = Collections.synchronizedList(new ArrayList<>());
  private volatile long saved;
  private volatile CountDownLatch gate = new CountDownLatch(0);

  FakeRun(long steps, long checkpointEvery) {
    this.steps = steps;
    this.checkpointEvery = checkpointEvery;
  }

  private record Failure(long step, Exception exception) {}

  /** The next time that this step is taken, it throws; may be told several times. */
  FakeRun failAt(long step) {
    return failAt(step, new IllegalStateException("device lost\nwith details"));
  }

  /** The next time that this step is taken, it throws this. */
  FakeRun failAt(long step, Exception exception) {
    failures.add(new Failure(step, exception));
    return this;
  }

  /** Steps wait until the latch is open. */
  FakeRun waitFor(CountDownLatch gate) {
    this.gate = gate;
    return this;
  }

  long saved() {
    return saved;
  }

  @Override
  public Path folder() {
    return Path.of("run");
  }

  @Override
  public List<Stage> stages() {
    var block = new BlockSpan(0, 1);
    return List.of(
        new Stage(
            1,
            "end-to-end",
            Stage.Kind.JOINT,
            block,
            block,
            true,
            true,
            0,
            1,
            steps,
            Mechanics.PLAIN));
  }

  @Override
  public List<Integer> committed() {
    return List.of();
  }

  @Override
  public Path complete() {
    return Path.of("model");
  }

  @Override
  public TrainingSession open(Stage stage, boolean resume) throws IOException {
    opened++;
    resumed.add(resume);
    threads.add(Thread.currentThread().getName());
    return new Session(resume ? saved : 0);
  }

  private final class Session implements TrainingSession {
    private final long first;
    private long step;
    private long total = steps;

    Session(long first) {
      this.first = first;
      this.step = first;
    }

    @Override
    public Description description() {
      return new Description("fake", 10, 100, total, first, 7, 2, "1 GFLOP/s");
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
    public void leave() {
      left = true;
    }

    @Override
    public Optional<Logged> step() throws IOException {
      threads.add(Thread.currentThread().getName());
      try {
        gate.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      var failure = failures.stream().filter(f -> f.step() == step).findFirst();
      if (failure.isPresent()) {
        failures.remove(failure.get());
        if (failure.get().exception() instanceof IOException e) {
          throw e;
        }
        throw (RuntimeException) failure.get().exception();
      }
      taken.add(step);
      step++;
      return step % 2 == 0
          ? Optional.of(new Logged(step, 1.0 / step, 1, 0.1, 0, 50, 0.5, 9, 2))
          : Optional.empty();
    }

    @Override
    public boolean evaluationDue() {
      return done();
    }

    @Override
    public Evaluation evaluate() {
      return new Evaluation(false, 10, 20, 20, 15, 4, List.of());
    }

    @Override
    public boolean checkpointDue() {
      return step % checkpointEvery == 0 || done();
    }

    @Override
    public void checkpoint() {
      saved = step;
    }

    @Override
    public Path finish() {
      finished = true;
      return Path.of("model");
    }

    @Override
    public void close() {
      threads.add(Thread.currentThread().getName());
      closed++;
    }
  }
}
