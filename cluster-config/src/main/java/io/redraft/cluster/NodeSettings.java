package io.redraft.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import io.redraft.actors.serving.RequestLimits;
import io.redraft.actors.serving.ServingSettings;
import io.redraft.actors.serving.StreamSettings;
import io.redraft.cluster.journal.JournalSettings;
import io.redraft.model.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Everything that a node is told, checked before anything starts. What stands in {@code --config
 * FILE} overrides the defaults, which lie in one file a concern beside this class; what the command
 * line sets overrides both.
 *
 * @param serving limits of serving
 * @param device where the network computes
 * @param verifierDevice where the verifier does
 * @param journals where training runs keep their journals
 * @param config the whole configuration, Pekko's part included
 */
public record NodeSettings(
    ServingSettings serving,
    DeviceSettings device,
    DeviceSettings verifierDevice,
    JournalSettings journals,
    Config config) {
  private static final List<String> CONCERNS =
      List.of("serving.conf", "device.conf", "persistence.conf", "node.conf");
  private static final String SERVING = "redraft.serving.";
  private static final String DEVICE_DISPATCHER = "redraft.device-dispatcher";
  private static final String VERIFIER_DISPATCHER = "redraft.verifier-dispatcher";
  private static final String SAME = "same";

  /** The settings of a node that is told nothing. */
  public static NodeSettings defaults() {
    return load(Optional.empty(), Map.of());
  }

  /**
   * Reads the settings.
   *
   * @param file the operator's file, if there is one
   * @param overrides values by key, such as {@code redraft.serving.max-sessions}; they win
   * @throws InvalidInputException if the file cannot be read, a key is unknown or a value is not
   *     allowed; the message names it
   */
  public static NodeSettings load(Optional<Path> file, Map<String, ?> overrides) {
    var defaults = defaultConfig();
    var known = new KnownKeys(defaults);
    var told = ConfigFactory.parseMap(overrides, "the command line");
    known.check(told);
    if (file.isPresent()) {
      var operator = parse(file.get());
      known.check(operator);
      told = told.withFallback(operator);
    }
    try {
      var config = told.withFallback(defaults).resolve();
      return new NodeSettings(
          serving(config),
          device(config),
          verifierDevice(config),
          JournalSettings.read(config),
          withDrainTime(config));
    } catch (ConfigException e) {
      throw ConfigErrors.readable(e);
    }
  }

  private static Config defaultConfig() {
    var config = ConfigFactory.systemProperties().withOnlyPath("pekko");
    for (var concern : CONCERNS) {
      config =
          config.withFallback(
              ConfigFactory.parseResources(
                  NodeSettings.class,
                  concern,
                  ConfigParseOptions.defaults().setAllowMissing(false)));
    }
    return config.withFallback(ConfigFactory.defaultReferenceUnresolved());
  }

  private static Config parse(Path file) {
    if (!Files.isRegularFile(file)) {
      throw InvalidInputException.of("--config", file, "a file that exists");
    }
    try {
      // Read here: the parser turns a file that cannot be read into a stack of causes.
      return ConfigFactory.parseString(
          Files.readString(file),
          ConfigParseOptions.defaults().setOriginDescription(file.toString()));
    } catch (IOException e) {
      throw new InvalidInputException("--config", "--config " + file + " cannot be read");
    } catch (ConfigException e) {
      throw ConfigErrors.readable(e);
    }
  }

  private static ServingSettings serving(Config config) {
    // Whole paths, since an error names the path that was asked for.
    return new ServingSettings(
        config.getInt(SERVING + "max-sessions"),
        config.getInt(SERVING + "max-queued"),
        config.getInt(SERVING + "max-tokens"),
        config.getInt(SERVING + "max-queued-tokens"),
        config.getDuration(SERVING + "ageing"),
        limits(config),
        config.getInt(SERVING + "max-batch"),
        config.getInt(SERVING + "max-batch-tokens"),
        config.getDuration(SERVING + "retry-after"),
        config.getDuration(SERVING + "drain-timeout"),
        config.getDuration(SERVING + "reload-backoff"),
        config.getDuration(SERVING + "max-reload-backoff"),
        config.getBoolean(SERVING + "warm-up"),
        config.getDuration(SERVING + "edit-idle-timeout"),
        config.getDuration(SERVING + "verifier-timeout"),
        streams(config),
        DEVICE_DISPATCHER,
        // One thread a device, whatever lives there.
        verifierDevice(config).name().equals(device(config).name())
            ? DEVICE_DISPATCHER
            : VERIFIER_DISPATCHER);
  }

  private static StreamSettings streams(Config config) {
    return new StreamSettings(
        config.getBytes(SERVING + "max-unread"),
        config.getDuration(SERVING + "resume-window"),
        config.getInt(SERVING + "resume-tokens"));
  }

  private static RequestLimits limits(Config config) {
    var time = config.getDuration(SERVING + "limits.max-time");
    if (time.isNegative() || (!time.isZero() && time.compareTo(Duration.ofMillis(1)) < 0)) {
      throw InvalidInputException.of(SERVING + "limits.max-time", time, "0 s, or 1 ms or more");
    }
    return new RequestLimits(
        limit(config, "max-tokens"),
        limit(config, "max-steps"),
        time.isZero() ? Optional.empty() : Optional.of(time));
  }

  private static OptionalInt limit(Config config, String name) {
    int limit = config.getInt(SERVING + "limits." + name);
    if (limit < 0) {
      throw InvalidInputException.of(SERVING + "limits." + name, limit, "0 or more");
    }
    return limit == 0 ? OptionalInt.empty() : OptionalInt.of(limit);
  }

  private static DeviceSettings device(Config config) {
    return new DeviceSettings(
        config.getString("redraft.device.name"), config.getString("redraft.device.compute-type"));
  }

  private static DeviceSettings verifierDevice(Config config) {
    var model = device(config);
    var name = config.getString("redraft.verifier.device");
    var type = config.getString("redraft.verifier.compute-type");
    return new DeviceSettings(
        name.equals(SAME) ? model.name() : name, type.equals(SAME) ? model.computeType() : type);
  }

  /** A shutdown must not be cut off before the drain is. */
  private static Config withDrainTime(Config config) {
    var drain = config.getDuration("redraft.serving.drain-timeout").plusSeconds(10);
    return ConfigFactory.parseMap(
            Map.of("pekko.coordinated-shutdown.phases.service-requests-done.timeout", drain))
        .withFallback(config);
  }
}
