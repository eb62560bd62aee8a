package io.redraft.cluster.journal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigUtil;
import io.redraft.actors.training.RunClaim;
import io.redraft.actors.training.RunJournal;
import io.redraft.model.InvalidInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;

/**
 * The journals of a node's runs. By default a run's journal is an embedded H2 database in the run's
 * folder, which is closed ten seconds after its last use; with a PostgreSQL server all journals lie
 * there. Tables are created where they are absent.
 */
public final class Journals {
  private static final String EVENTS = "jdbc-journal";
  private static final String SNAPSHOTS = "jdbc-snapshot-store";

  private final JournalSettings settings;
  private final Config defaults;

  /**
   * Journals as the settings say.
   *
   * @param config the node's whole configuration, for what the database's library needs
   */
  public Journals(JournalSettings settings, Config config) {
    this.settings = settings;
    this.defaults = config;
  }

  /**
   * Holds a run's folder and opens its journal.
   *
   * @param resume whether the run that was there goes on; otherwise its journal is forgotten
   * @throws FolderInUseException if somebody trains there
   * @throws InvalidInputException if the folder or the database cannot be used
   */
  public RunClaim claim(Path folder, boolean resume) {
    return HeldFolder.hold(folder, resume, this::journal);
  }

  private RunJournal journal(Path path, String id) {
    return settings.server().map(this::onServer).orElseGet(() -> inFolder(path.resolve(id)));
  }

  private RunJournal onServer(JournalSettings.Server server) {
    createTables("postgres.sql", server.url(), server.user(), server.password());
    var db =
        Map.of(
            "url",
            server.url(),
            "user",
            server.user(),
            "password",
            server.password(),
            "driver",
            "org.postgresql.Driver",
            "numThreads",
            4,
            "maxConnections",
            4,
            "minConnections",
            1,
            "connectionTimeout",
            10_000);
    return plugins("postgres", "slick.jdbc.PostgresProfile$", db);
  }

  private RunJournal inFolder(Path database) {
    var file = database.toAbsolutePath().toString();
    if (file.contains(";")) {
      throw InvalidInputException.of("run.folder", file, "a path without ;");
    }
    // What is journalled is written at once; whoever ends the process ends the runs first.
    var url = "jdbc:h2:file:" + file + ";WRITE_DELAY=0;DB_CLOSE_DELAY=10;DB_CLOSE_ON_EXIT=FALSE";
    createTables("h2.sql", url, "", "");
    var db =
        Map.of(
            "url",
            url,
            "driver",
            "org.h2.Driver",
            "connectionPool",
            "disabled",
            "keepAliveConnection",
            false,
            "numThreads",
            1);
    return plugins(database.getFileName().toString(), "slick.jdbc.H2Profile$", db);
  }

  private RunJournal plugins(String name, String profile, Map<String, ?> db) {
    var slick = Map.of("slick", Map.of("profile", profile, "db", db));
    var events = "redraft-journal-" + name;
    var snapshots = "redraft-snapshots-" + name;
    var config = plugin(events, EVENTS, slick).withFallback(plugin(snapshots, SNAPSHOTS, slick));
    return new RunJournal(events, snapshots, Optional.of(config));
  }

  private Config plugin(String id, String like, Map<String, ?> values) {
    var config = ConfigFactory.parseMap(values).withFallback(defaults.getConfig(like));
    return config.atPath(ConfigUtil.joinPath(id));
  }

  private static void createTables(String script, String url, String user, String password) {
    try (var connection = DriverManager.getConnection(url, user, password);
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (var sql : read(script).split(";\\s*(\\n|$)")) {
        if (!sql.isBlank()) {
          statement.execute(sql);
        }
      }
      connection.commit();
    } catch (SQLException e) {
      throw new InvalidInputException(
          "redraft.training.persistence",
          "the journal " + url.replaceFirst(";.*", "") + " cannot be opened: " + e.getMessage());
    }
  }

  private static String read(String script) {
    try (var file = Journals.class.getResourceAsStream(script)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
