package io.redraft.model.train;

import io.redraft.model.train.config.TrainingConfig;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;

/** A process that trains and says so after every step; tests kill it. */
public final class TrainOnce {
  private TrainOnce() {}

  /** Trains with the settings in {@code args[0]}, overridden by the others. */
  public static void main(String[] args) throws Exception {
    var overrides = Arrays.asList(args).subList(1, args.length);
    try (var session = Trainer.open(TrainingConfig.load(Path.of(args[0]), overrides), true)) {
      train(session, System.out);
    }
    System.exit(0);
  }

  static void train(TrainingSession session, PrintStream out) throws Exception {
    while (!session.done()) {
      session.step();
      if (session.evaluationDue()) {
        session.evaluate();
      }
      if (session.checkpointDue()) {
        session.checkpoint();
      }
      out.println("step " + session.stepsTaken());
    }
    session.finish();
  }
}
