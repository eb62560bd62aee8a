package io.redraft.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValueFactory;
import java.util.List;
import java.util.function.Predicate;

/**
 * What an actor system loads when it starts. Every library on the class path adds serializers and
 * extensions of its own to Pekko's configuration, and Pekko loads them all; here are left those
 * that a node of its kind uses, since the command line starts a node for one text.
 */
final class StartUp {
  private static final String SERIALIZERS = "pekko.actor.serializers";
  private static final String BINDINGS = "pekko.actor.serialization-bindings";
  private static final List<String> ALWAYS =
      List.of("org.apache.pekko.serialization.", "org.apache.pekko.actor.typed.");
  private static final List<String> JOURNALS =
      List.of("org.apache.pekko.persistence.serialization.", "io.redraft.");

  private StartUp() {}

  /** For a node that keeps no journal. */
  static Config lean(Config config) {
    return only(config, name -> ALWAYS.stream().anyMatch(name::startsWith));
  }

  /** For a node that does. */
  static Config withJournals(Config config) {
    return only(
        config,
        name ->
            ALWAYS.stream().anyMatch(name::startsWith)
                || JOURNALS.stream().anyMatch(name::startsWith));
  }

  private static Config only(Config config, Predicate<String> used) {
    var extensions =
        config.getStringList("pekko.library-extensions").stream()
            .filter(name -> !name.startsWith("org.apache.pekko.stream."))
            .toList();
    var serializers = config.getObject(SERIALIZERS);
    var left = serializers;
    for (var entry : serializers.entrySet()) {
      if (!used.test(entry.getValue().unwrapped().toString())) {
        left = left.withoutKey(entry.getKey());
      }
    }
    return ConfigFactory.empty()
        .withValue("pekko.library-extensions", ConfigValueFactory.fromIterable(extensions))
        .withValue(SERIALIZERS, left)
        .withValue(BINDINGS, bindings(config, left))
        .withFallback(
            config
                .withoutPath("pekko.library-extensions")
                .withoutPath(SERIALIZERS)
                .withoutPath(BINDINGS));
  }

  private static ConfigObject bindings(Config config, ConfigObject serializers) {
    var all = config.getObject(BINDINGS);
    var left = all;
    for (var entry : all.entrySet()) {
      var to = entry.getValue().unwrapped().toString();
      if (!serializers.containsKey(to) && !to.equals("none")) {
        left = left.withoutKey(entry.getKey());
      }
    }
    return left;
  }
}
