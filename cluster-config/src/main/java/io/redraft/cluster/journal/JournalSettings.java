package io.redraft.cluster.journal;

import com.typesafe.config.Config;
import io.redraft.model.InvalidInputException;
import java.util.Optional;

/**
 * Where journals are kept.
 *
 * @param server the PostgreSQL server that they are kept in; if there is none, each lies in its
 *     run's folder
 */
public record JournalSettings(Optional<Server> server) {
  private static final String PREFIX = "redraft.training.persistence.";

  /**
   * A PostgreSQL server.
   *
   * @param url as {@code jdbc:postgresql://host:5432/database}
   */
  public record Server(String url, String user, String password) {
    public Server {
      if (!url.startsWith("jdbc:postgresql:")) {
        throw InvalidInputException.of(
            PREFIX + "postgres.url", url, "jdbc:postgresql://HOST:PORT/DATABASE");
      }
    }

    /** Without the password, which no log may show. */
    @Override
    public String toString() {
      return url + " as " + user;
    }
  }

  /** Reads {@code redraft.training.persistence}. */
  public static JournalSettings read(Config config) {
    var database = config.getString(PREFIX + "database");
    return switch (database) {
      case "h2" -> new JournalSettings(Optional.empty());
      case "postgres" ->
          new JournalSettings(
              Optional.of(
                  new Server(
                      config.getString(PREFIX + "postgres.url"),
                      config.getString(PREFIX + "postgres.user"),
                      config.getString(PREFIX + "postgres.password"))));
      default ->
          throw InvalidInputException.of(PREFIX + "database", database, "one of h2, postgres");
    };
  }
}
