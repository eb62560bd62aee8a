package io.redraft.actors.training;

import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.train.TrainingSession;
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
final class FakeRun implements TrainingSession.Opener {
  final long steps;
  final List<Long> taken = Collections.synchronizedList(new ArrayList<>());
  final Set<String> threads = Collections.synchronizedSet(new HashSet<>());
  final List<Boolean> resumed = Collections.synchronizedList(new ArrayList<>());
  volatile int opened;
  volatile int closed;
  volatile boolean finished;
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
  public TrainingSession open(boolean resume) {
    opened++;
    resumed.add(resume);
    threads.add(Thread.currentThread().getName());
    return new Session(resume ? saved : 0);
  }

  private final class Session implements TrainingSession {
    private final long first;
    private long step;

    Session(long first) {
      this.first = first;
      this.step = first;
    }

    @Override
    public Description description() {
      return new Description("fake", 10, 100, steps, first, 7, 2, "1 GFLOP/s");
    }

    @Override
    public long stepsTaken() {
      return step;
    }

    @Override
    public void changeSteps(long steps) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean done() {
      return step >= steps;
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
