package io.redraft.cluster.journal;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The same contract in a real PostgreSQL server, which the test starts. */
class PostgresJournalTest extends JournalContract {
  private static EmbeddedPostgres server;

  @BeforeAll
  static void start() throws IOException {
    server = EmbeddedPostgres.builder().start();
  }

  @AfterAll
  static void stop() throws IOException {
    server.close();
  }

  @Override
  Map<String, String> database() {
    return Map.of(
        "redraft.training.persistence.database", "postgres",
        "redraft.training.persistence.postgres.url", server.getJdbcUrl("postgres", "postgres"),
        "redraft.training.persistence.postgres.user", "postgres",
        "redraft.training.persistence.postgres.password", "postgres");
  }
}
