package io.redraft.actors.training;

import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.train.TrainingSession;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.curriculum.StagedRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * A real run that does not go on with its second stage before another one has taken a step, so that
 * the two are under way at once however fast each is. It waits on its run's thread, not on the
 * device's, which the other one needs.
 */
final class OverlappingRun implements StagedRun {
  private final StagedRun run;
  private final List<String> steps;
  private final CountDownLatch stepped = new CountDownLatch(1);
  private OverlappingRun other;
  private volatile boolean waits;

  /** Notes the name of its folder at every step. */
  OverlappingRun(StagedRun run, List<String> steps) {
    this.run = run;
    this.steps = steps;
  }

  void overlap(OverlappingRun another) {
    this.other = another;
  }

  @Override
  public Path folder() {
    return run.folder();
  }

  @Override
  public List<Stage> stages() {
    if (waits) {
      try {
        other.stepped.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    return run.stages();
  }

  @Override
  public List<Integer> committed() throws IOException {
    return run.committed();
  }

  @Override
  public Path complete() throws IOException {
    return run.complete();
  }

  @Override
  public TrainingSession open(Stage stage, boolean resume) throws IOException {
    return new Session(run.open(stage, resume));
  }

  private final class Session implements TrainingSession {
    private final TrainingSession session;

    Session(TrainingSession session) {
      this.session = session;
    }

    @Override
    public Description description() {
      return session.description();
    }

    @Override
    public long stepsTaken() {
      return session.stepsTaken();
    }

    @Override
    public boolean done() {
      return session.done();
    }

    @Override
    public void changeSteps(long total) {
      session.changeSteps(total);
    }

    @Override
    public Optional<Logged> step() throws IOException {
      steps.add(run.folder().getFileName().toString());
      stepped.countDown();
      return session.step();
    }

    @Override
    public boolean evaluationDue() {
      return session.evaluationDue();
    }

    @Override
    public Evaluation evaluate() throws IOException {
      return session.evaluate();
    }

    @Override
    public boolean checkpointDue() {
      return session.checkpointDue();
    }

    @Override
    public void checkpoint() throws IOException {
      session.checkpoint();
    }

    @Override
    public Path finish() throws IOException {
      var committed = session.finish();
      waits = true;
      return committed;
    }

    @Override
    public void leave() throws IOException {
      session.leave();
    }

    @Override
    public void close() throws IOException {
      session.close();
    }
  }
}
