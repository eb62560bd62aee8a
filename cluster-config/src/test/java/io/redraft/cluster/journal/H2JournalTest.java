package io.redraft.cluster.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.cluster.NodeSettings;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class H2JournalTest extends JournalContract {
  @Override
  Map<String, String> database() {
    return Map.of("redraft.training.persistence.database", "h2");
  }

  @Test
  void aFolderIsRefusedWhoseNameWouldChangeTheDatabasesSettings() {
    var journals =
        new Journals(new JournalSettings(Optional.empty()), NodeSettings.defaults().config());
    assertThatThrownBy(() -> journals.claim(parent.resolve("a;INIT=b"), false))
        .hasMessageEndingWith("allowed: a path without ;");
    assertThat(parent.resolve("a;INIT=b").resolve("journal")).doesNotExist();
  }
}
