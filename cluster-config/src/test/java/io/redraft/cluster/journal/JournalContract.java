package io.redraft.cluster.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.actors.training.RunAnswer;
import io.redraft.actors.training.RunState;
import io.redraft.actors.training.TrainingEvent;
import io.redraft.actors.training.TrainingRun;
import io.redraft.actors.training.TrainingRunSettings;
import io.redraft.actors.training.TrainingRuns;
import io.redraft.cluster.NodeSettings;
import io.redraft.cluster.RedraftNode;
import io.redraft.model.InvalidInputException;
import io.redraft.model.train.TrainingSession;
import io.redraft.model.train.curriculum.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a journal keeps from one actor system to the next, in whatever database. */
abstract class JournalContract {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir Path parent;
  private final BlockingQueue<TrainingEvent> events = new LinkedBlockingQueue<>();

  /** The database, as an operator would configure it. */
  abstract Map<String, String> database();

  private RedraftNode node() {
    return RedraftNode.startForTraining(NodeSettings.load(Optional.empty(), database()));
  }

  private TrainingRuns.Entry train(RedraftNode node, FolderOfSteps run, boolean resume) {
    return node.train(
        run, TrainingRunSettings.defaults(Optional.empty()), resume, node.listener(events::add));
  }

  private <T extends TrainingEvent> T await(Class<T> type) throws InterruptedException {
    while (true) {
      var event = events.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertThat(event).as("an event before " + type.getSimpleName()).isNotNull();
      if (type.isInstance(event)) {
        return type.cast(event);
      }
    }
  }

  private static RunState state(RedraftNode node, TrainingRuns.Entry entry) {
    return AskPattern.<TrainingRun.Command, RunState>ask(
            entry.run(), TrainingRun.GetState::new, PATIENCE, node.system().scheduler())
        .toCompletableFuture()
        .join();
  }

  private static RunAnswer setSteps(
      RedraftNode node, TrainingRuns.Entry entry, int stage, long steps) {
    return AskPattern.<TrainingRun.Command, RunAnswer>ask(
            entry.run(),
            replyTo -> new TrainingRun.SetSteps(stage, steps, replyTo),
            PATIENCE,
            node.system().scheduler())
        .toCompletableFuture()
        .join();
  }

  @Test
  void anotherProcessGoesOnWithTheFirstStageThatIsNotCommittedFromItsCheckpoint() throws Exception {
    var folder = parent.resolve("run");
    var first = new FolderOfSteps(folder, 4);
    first.stopBefore = "2.3";
    String id;
    try (var node = node()) {
      var entry = train(node, first, false);
      id = entry.id();
      assertThat(await(TrainingEvent.Failed.class))
          .isEqualTo(new TrainingEvent.Failed("the power is gone", 2));
      assertThat(setSteps(node, entry, 3, 2)).isEqualTo(new RunAnswer.Accepted());
    }
    var second = new FolderOfSteps(folder, 4);
    try (var node = node()) {
      var entry = train(node, second, true);
      assertThat(entry.id()).isEqualTo(id);
      var finished = await(TrainingEvent.Finished.class);
      assertThat(finished.modelFolder()).isEqualTo(folder.resolve("model").toString());
      var state = state(node, entry);
      assertThat(state.status()).isEqualTo(RunState.Status.FINISHED);
      assertThat(state.stages()).allMatch(RunState.StageState::committed);
    }
    assertThat(second.taken).containsExactly("2.2", "2.3", "3.0", "3.1");
    assertThat(Files.readString(folder.resolve("model")).lines())
        .containsExactly(
            "1.0 of 4",
            "1.1 of 4",
            "1.2 of 4",
            "1.3 of 4",
            "2.0 of 4",
            "2.1 of 4",
            "2.2 of 4",
            "2.3 of 4",
            "3.0 of 2",
            "3.1 of 2");
  }

  @Test
  void whatTheFolderHasAndTheJournalHasNotIsNotTrainedAgain() throws Exception {
    var folder = Files.createDirectories(parent.resolve("run"));
    Files.writeString(folder.resolve("stage-1"), "1.0 of 1\n");
    var run = new FolderOfSteps(folder, 1);
    try (var node = node()) {
      var entry = train(node, run, true);
      assertThat(await(TrainingEvent.Committed.class))
          .isEqualTo(new TrainingEvent.Committed(1, 3, "append-1", -1));
      await(TrainingEvent.Finished.class);
      assertThat(state(node, entry).stages()).allMatch(RunState.StageState::committed);
    }
    assertThat(run.taken).containsExactly("2.0", "3.0");
  }

  @Test
  void twoRunsOnOneFolderAreRefused() throws Exception {
    var folder = parent.resolve("run");
    try (var node = node();
        var other = node()) {
      train(node, new FolderOfSteps(folder, 1), false);
      await(TrainingEvent.Finished.class);
      assertThatThrownBy(() -> train(other, new FolderOfSteps(folder, 1), true))
          .isInstanceOf(FolderInUseException.class)
          .hasMessageContaining(folder.toString());
      assertThatThrownBy(() -> train(node, new FolderOfSteps(folder, 1), true))
          .isInstanceOf(FolderInUseException.class);
    }
    try (var node = node()) {
      train(node, new FolderOfSteps(folder, 1), true);
      await(TrainingEvent.Finished.class);
    }
  }

  @Test
  void aCopyOfARunsFolderIsRefusedBesideItsOriginalAndStays() throws Exception {
    var folder = parent.resolve("run");
    var copy = Files.createDirectories(parent.resolve("copy"));
    try (var node = node()) {
      var entry = train(node, new FolderOfSteps(folder, 1), false);
      await(TrainingEvent.Finished.class);
      for (var name : List.of("run-id", "stage-1")) {
        Files.copy(folder.resolve(name), copy.resolve(name));
      }
      for (var attempt = 0; attempt < 2; attempt++) { // the refusal lets the folder go
        assertThatThrownBy(() -> train(node, new FolderOfSteps(copy, 1), true))
            .isExactlyInstanceOf(InvalidInputException.class)
            .hasMessageStartingWith("run.folder is " + copy + ", whose run-id is " + entry.id())
            .hasMessageContaining(folder.toString());
      }
      assertThat(state(node, entry).status()).isEqualTo(RunState.Status.FINISHED);
    }
    assertThat(copy.resolve("stage-1")).exists();
    try (var node = node()) {
      train(node, new FolderOfSteps(copy, 1), true);
      await(TrainingEvent.Finished.class);
    }
  }

  @Test
  void aRunThatIsRefusedBeforeItBeginsLeavesNothing() throws Exception {
    var folder = parent.resolve("run");
    var refused =
        new FolderOfSteps(folder, 1) {
          @Override
          public TrainingSession open(Stage stage, boolean resume) throws IOException {
            throw InvalidInputException.of("data.files", "a.txt", "b.txt");
          }
        };
    try (var node = node()) {
      train(node, refused, false);
      await(TrainingEvent.Refused.class);
    }
    assertThat(folder).doesNotExist();
  }

  @Test
  void aRunThatBeganAnewForgetsTheJournalBeforeIt() throws Exception {
    var folder = parent.resolve("run");
    try (var node = node()) {
      train(node, new FolderOfSteps(folder, 1), false);
      await(TrainingEvent.Finished.class);
    }
    for (var name : FolderOfSteps.names(folder)) {
      if (name.startsWith("stage-")) {
        Files.delete(folder.resolve(name));
      }
    }
    var again = new FolderOfSteps(folder, 2);
    try (var node = node()) {
      train(node, again, false);
      await(TrainingEvent.Finished.class);
    }
    assertThat(again.taken).containsExactly("1.0", "1.1", "2.0", "2.1", "3.0", "3.1");
  }
}
