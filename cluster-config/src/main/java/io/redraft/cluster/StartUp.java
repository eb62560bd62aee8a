package io.redraft.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValueFactory;
import java.io.IOException;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.setup.ActorSystemSetup;

/**
 * What an actor system loads when it starts. Every library on the class path adds serializers and
 * extensions of its own to Pekko's configuration, and Pekko loads them all, whether they are used
 * or not; the command line starts a node for one text, which needs none of what journals need.
 */
final class StartUp {
  private static final String EXTENSIONS = "pekko.library-extensions";
  private static final String SERIALIZERS = "pekko.actor.serializers";
  private static final String BINDINGS = "pekko.actor.serialization-bindings";

  /** Parts of Pekko that a node without a journal has no use for, as their files are called. */
  private static final List<String> UNUSED_FILES =
      List.of("pekko-persistence", "pekko-stream", "pekko-remote");

  private static final List<String> UNUSED =
      List.of(
          "org.apache.pekko.persistence.",
          "org.apache.pekko.stream.",
          "org.apache.pekko.remote.",
          "io.redraft.");

  private StartUp() {}

  /** Everything that there is, for a node that keeps journals. */
  static ActorSystemSetup withJournals(Config config) {
    return ActorSystemSetup.create(BootstrapSetup.create(config));
  }

  /** What a node needs that keeps none. */
  static ActorSystemSetup lean(Config config) {
    // Pekko merges the libraries' settings in once more; so those must not be seen either.
    return ActorSystemSetup.create(
        BootstrapSetup.create(leanConfig(config))
            .withClassloader(new LeanReference(StartUp.class.getClassLoader())));
  }

  private static Config leanConfig(Config config) {
    var extensions =
        config.getStringList(EXTENSIONS).stream().filter(name -> !unused(name)).toList();
    var serializers = config.getObject(SERIALIZERS);
    for (var entry : config.getObject(SERIALIZERS).entrySet()) {
      if (unused(entry.getValue().unwrapped().toString())) {
        serializers = serializers.withoutKey(entry.getKey());
      }
    }
    return ConfigFactory.empty()
        .withValue(EXTENSIONS, ConfigValueFactory.fromIterable(extensions))
        .withValue(SERIALIZERS, serializers)
        .withValue(BINDINGS, bindings(config, serializers))
        .withFallback(
            config.withoutPath(EXTENSIONS).withoutPath(SERIALIZERS).withoutPath(BINDINGS));
  }

  private static boolean unused(String type) {
    return UNUSED.stream().anyMatch(type::startsWith);
  }

  private static ConfigObject bindings(Config config, ConfigObject serializers) {
    var left = config.getObject(BINDINGS);
    for (var entry : config.getObject(BINDINGS).entrySet()) {
      var to = entry.getValue().unwrapped().toString();
      if (!serializers.containsKey(to) && !to.equals("none")) {
        left = left.withoutKey(entry.getKey());
      }
    }
    return left;
  }

  /** Does not show the settings that come with the files of those parts. */
  private static final class LeanReference extends ClassLoader {
    LeanReference(ClassLoader parent) {
      super(parent);
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
      var found = Collections.list(super.getResources(name));
      if (name.equals("reference.conf")) {
        found.removeIf(url -> UNUSED_FILES.stream().anyMatch(url.toString()::contains));
      }
      return Collections.enumeration(found);
    }
  }
}
