package io.redraft.actors.training;

import com.typesafe.config.Config;
import java.util.Optional;

/**
 * Where a run's journal is kept, as Pekko Persistence names it.
 *
 * @param events id of the journal plugin; empty for the actor system's default
 * @param snapshots id of the snapshot store's plugin; empty for the default
 * @param plugins settings of both under their ids, where the actor system has none
 */
public record RunJournal(String events, String snapshots, Optional<Config> plugins) {
  /** Whatever the actor system has. */
  public static final RunJournal DEFAULT = new RunJournal("", "", Optional.empty());
}
