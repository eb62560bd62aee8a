package io.redraft.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.actors.training.JournalSerializer;
import io.redraft.actors.training.JournalledEvent;
import java.io.NotSerializableException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializer;
import org.junit.jupiter.api.Test;
import scala.jdk.javaapi.CollectionConverters;

class StartUpTest {
  private static boolean loads(ActorSystem<?> system, String library) {
    var all = SerializationExtension.get(system).serializerByIdentity();
    return CollectionConverters.asJava(all).values().stream()
        .map(Serializer::getClass)
        .anyMatch(type -> type.getName().startsWith(library));
  }

  @Test
  void aNodeThatOnlyServesLoadsNothingThatJournalsNeed() {
    try (var node = RedraftNode.start(NodeSettings.defaults())) {
      assertThat(loads(node.system(), "org.apache.pekko.serialization.")).isTrue();
      assertThat(loads(node.system(), "org.apache.pekko.persistence.")).isFalse();
      assertThat(loads(node.system(), "org.apache.pekko.remote.")).isFalse();
      assertThat(loads(node.system(), "io.redraft.")).isFalse();
      assertThat(node.system().settings().config().getStringList("pekko.library-extensions"))
          .noneMatch(name -> name.contains(".stream."));
    }
  }

  @Test
  void aNodeThatTrainsWritesItsJournalWithItsOwnSerializer() throws NotSerializableException {
    try (var node = RedraftNode.startForTraining(NodeSettings.defaults())) {
      assertThat(
              SerializationExtension.get(node.system())
                  .serializerFor(JournalledEvent.RunStopped.class))
          .isInstanceOf(JournalSerializer.class);
      assertThat(loads(node.system(), "org.apache.pekko.persistence.")).isTrue();
    }
  }
}
