package io.redraft.actors.training;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import org.apache.pekko.persistence.testkit.PersistenceTestKitPlugin;
import org.apache.pekko.persistence.testkit.PersistenceTestKitSnapshotPlugin;

/** Settings of an actor system whose journal lives as long as it does, and is really serialised. */
final class JournalInMemory {
  private JournalInMemory() {}

  static Config config() {
    return ConfigFactory.parseString(
            """
            pekko.actor {
              serializers.redraft-journal = "io.redraft.actors.training.JournalSerializer"
              serialization-bindings {
                "io.redraft.actors.training.JournalledEvent" = redraft-journal
                "io.redraft.actors.training.RunState" = redraft-journal
              }
            }
            pekko.persistence.testkit.events.serialize = on
            pekko.persistence.testkit.snapshots.serialize = on
            """)
        .withFallback(PersistenceTestKitPlugin.getInstance().config())
        .withFallback(PersistenceTestKitSnapshotPlugin.config())
        .withFallback(ConfigFactory.load());
  }
}
