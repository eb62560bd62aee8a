package io.redraft.model.evaluate.suite;

import java.util.function.LongConsumer;

/** Told how far an evaluation is. */
@FunctionalInterface
public interface SuiteProgress {
  /** Of the piece of work that is named, {@code done} of {@code all} parts are done. */
  void at(String work, long done, long all);

  /** The progress of one piece of work. */
  default LongConsumer of(String work, long all) {
    return done -> at(work, done, all);
  }
}
