package io.redraft.actors.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.actors.training.JournalledEvent.PlannedStage;
import io.redraft.model.train.config.Configs;
import io.redraft.model.train.curriculum.CurriculumPlanner;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.BehaviorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.Test;

/**
 * In which order stages are committed, whoever finishes first. Runs train one stage at a time, so
 * that neither they nor their simulation ever have two that are finished and not committed; what
 * the keeper would say then is looked at here.
 */
class CheckpointKeeperTest {
  private final TestInbox<TrainingRun.Command> run = TestInbox.create();

  private static List<PlannedStage> planned(String direction) {
    var config =
        Configs.of(
            "data: {format: synthetic}\nmodel: {width: 16, heads: 2, layers: 4}",
            List.of("curriculum.direction=" + direction));
    return PlannedStage.of(CurriculumPlanner.plan(config, config.model().network(258, 257, 256)));
  }

  private BehaviorTestKit<CheckpointKeeper.Command> keeper(String direction, Integer... committed) {
    return BehaviorTestKit.create(
        CheckpointKeeper.create(planned(direction), Set.of(committed), run.getRef()));
  }

  @Test
  void bandsAreCommittedAsTheyFinishOnceTheirEmbeddingsAre() {
    var keeper = keeper("noise-bands");
    keeper.run(new CheckpointKeeper.Finished(3, 30));
    keeper.run(new CheckpointKeeper.Finished(4, 40));
    assertThat(run.getAllReceived()).as("without embeddings").isEmpty();

    keeper.run(new CheckpointKeeper.Finished(1, 10));
    assertThat(run.getAllReceived()).containsExactly(new TrainingRun.Commit(1, 10));

    keeper.run(new CheckpointKeeper.Committed(1));
    assertThat(run.getAllReceived())
        .containsExactly(new TrainingRun.Commit(3, 30), new TrainingRun.Commit(4, 40));

    keeper.run(new CheckpointKeeper.Committed(4)); // stage 3 until it is journalled
    assertThat(run.getAllReceived()).containsExactly(new TrainingRun.Commit(3, 30));
    keeper.run(new CheckpointKeeper.Committed(3));
    keeper.run(new CheckpointKeeper.Finished(2, 20));
    assertThat(run.getAllReceived()).containsExactly(new TrainingRun.Commit(2, 20));
  }

  @Test
  void blocksBeforeASuffixAreCommittedAfterIt() {
    var keeper = keeper("right-to-left", 1);
    keeper.run(new CheckpointKeeper.Finished(3, 30));
    assertThat(run.getAllReceived()).isEmpty();
    keeper.run(new CheckpointKeeper.Finished(2, 20));
    assertThat(run.getAllReceived()).containsExactly(new TrainingRun.Commit(2, 20));
    keeper.run(new CheckpointKeeper.Committed(2));
    assertThat(run.getAllReceived()).containsExactly(new TrainingRun.Commit(3, 30));
  }

  @Test
  void aCheckpointIsToldOnceAndOnlyForward() {
    var keeper = keeper("noise-bands", 1);
    for (var step : new long[] {4, 4, 2, 6}) {
      keeper.run(new CheckpointKeeper.Checkpointed(2, step));
    }
    keeper.run(new CheckpointKeeper.Checkpointed(3, 2));
    assertThat(run.getAllReceived())
        .containsExactly(
            new TrainingRun.Saved(2, 4), new TrainingRun.Saved(2, 6), new TrainingRun.Saved(3, 2));
  }

  @Test
  void onlyBandsThatReadWhatTheFirstLearnedAreIndependent() {
    assertThat(planned("noise-bands"))
        .extracting(PlannedStage::independent)
        .containsExactly(false, true, true, true);
    assertThat(planned("right-to-left")).noneMatch(PlannedStage::independent);
  }
}
