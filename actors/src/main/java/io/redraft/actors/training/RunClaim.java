package io.redraft.actors.training;

/** A run's folder while this process holds it: nobody else trains there. */
public interface RunClaim extends AutoCloseable {
  /** What the run is known by, here and in its journal. */
  String id();

  /** Where its journal is kept. */
  RunJournal journal();

  /** Lets the folder go; of a run that has not begun nothing stays. */
  @Override
  void close();
}
