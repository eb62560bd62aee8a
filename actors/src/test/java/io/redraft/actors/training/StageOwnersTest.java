package io.redraft.actors.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.actors.training.JournalledEvent.PlannedStage;
import io.redraft.actors.training.JournalledEvent.RunStarted;
import io.redraft.actors.training.JournalledEvent.StageCommitted;
import io.redraft.actors.training.JournalledEvent.StageStarted;
import io.redraft.model.train.curriculum.BlockSpan;
import io.redraft.model.train.curriculum.Mechanics;
import io.redraft.model.train.curriculum.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.pekko.actor.testkit.typed.annotations.JUnit5TestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestKitJUnit5Extension;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Two stages that are open at once. A run never has two: {@link RunLifecycle} begins a stage when
 * none has an owner, so that the simulation cannot have two either. Orders, reports and commits
 * name their stage all the same, and what two bands at once would need of them is held here.
 */
@ExtendWith(TestKitJUnit5Extension.class)
class StageOwnersTest {
  private static final TrainingRunSettings SETTINGS =
      new TrainingRunSettings(
          0,
          Duration.ofMillis(1),
          Duration.ofMillis(8),
          Duration.ofSeconds(5),
          Optional.empty(),
          "redraft.device-dispatcher");

  @JUnit5TestKit public ActorTestKit kit = ActorTestKit.create(JournalInMemory.config());

  /** Three bands, the first of which learns what the others read. */
  private static final class Bands extends FakeRun {
    Bands() {
      super(4, 2);
    }

    @Override
    public List<Stage> stages() {
      return List.of(band(1), band(2), band(3));
    }

    private Stage band(int number) {
      var block = new BlockSpan(3 - number, 4 - number);
      boolean first = number == 1;
      return new Stage(
          number,
          "band-" + block.from(),
          Stage.Kind.BAND,
          block,
          block,
          first,
          first,
          0,
          1,
          steps,
          Mechanics.PLAIN);
    }
  }

  /** The first band is committed, and the others have begun. */
  private static RunState state(FakeRun run) {
    var state = RunState.EMPTY;
    for (var event :
        List.of(
            new RunStarted(PlannedStage.of(run.stages())),
            new StageCommitted(1, 4),
            new StageStarted(2),
            new StageStarted(3))) {
      state = state.apply(event);
    }
    return state;
  }

  /**
   * An actor in the place of the run's, which does something at first and dismisses whoever is to
   * be committed; it passes on what it hears, and how those who go were known.
   */
  private TestProbe<Object> inPlaceOfTheRun(
      FakeRun run, StepProposals proposals, Consumer<StageOwners> first) {
    var heard = kit.<Object>createTestProbe();
    kit.spawn(
        Behaviors.<TrainingRun.Command>setup(
            context -> {
              var owners = new StageOwners(context, SETTINGS, run, proposals);
              owners.keep(Set.of(1));
              first.accept(owners);
              return Behaviors.receive(TrainingRun.Command.class)
                  .onMessage(
                      TrainingRun.Command.class,
                      message -> {
                        heard.ref().tell(message);
                        if (message instanceof TrainingRun.Commit commit) {
                          owners.committed(commit.stage());
                          owners.dismiss(commit.stage());
                        }
                        return Behaviors.same();
                      })
                  .onSignal(
                      Terminated.class,
                      gone -> {
                        heard.ref().tell(owners.gone(gone.getRef()));
                        heard.ref().tell(owners.has(2) + " " + owners.has(3));
                        return Behaviors.same();
                      })
                  .build();
            }));
    return heard;
  }

  private static void beginBoth(StageOwners owners, FakeRun run) {
    var state = state(run);
    owners.begin(run.stages().get(1), state, false);
    owners.begin(run.stages().get(2), state, false);
  }

  @Test
  void twoBandsAtOnceAreTrainedAndCommittedEachByItsOwner() {
    var run = new Bands();
    var heard = inPlaceOfTheRun(run, new StepProposals(), owners -> beginBoth(owners, run));
    List<Object> all = new ArrayList<>();
    while (all.stream().filter(StageOwners.Gone.class::isInstance).count() < 2) {
      all.add(heard.receiveMessage());
    }
    all.add(heard.receiveMessage());
    assertThat(all)
        .contains(new TrainingRun.Commit(2, 4), new TrainingRun.Commit(3, 4))
        .contains(StageOwners.Gone.DISMISSED)
        .doesNotContain(StageOwners.Gone.OWNER);
    for (int stage = 2; stage <= 3; stage++) {
      for (long step = 1; step <= 4; step++) {
        assertThat(all)
            .containsOnlyOnce(new TrainingRun.News(new TrainingEvent.Stepped(stage, step)));
      }
    }
    // Whoever goes first leaves the other its stage.
    assertThat(all).last().isEqualTo("false false");
    assertThat(all).containsAnyOf("true false", "false true");
    assertThat(run.opened).isEqualTo(2);
  }

  @Test
  void anotherNumberOfStepsIsAskedOfItsStageAlone() {
    var run = new Bands();
    var proposals = new StepProposals();
    var asker = kit.<RunAnswer>createTestProbe();
    proposals.propose(3, 2, asker.ref());
    var heard = inPlaceOfTheRun(run, proposals, owners -> beginBoth(owners, run));
    List<Object> all = new ArrayList<>();
    while (!all.contains(new TrainingRun.Holding(3, 0, 2))
        || !all.contains(new TrainingRun.Commit(2, 4))) {
      all.add(heard.receiveMessage());
    }
    assertThat(all).doesNotContain(new TrainingRun.News(new TrainingEvent.Stepped(3, 1)));
    assertThat(all).noneMatch(told -> told instanceof TrainingRun.Holding on && on.stage() == 2);
  }

  @Test
  void aStageHasOneOwner() {
    var run = new Bands();
    inPlaceOfTheRun(
            run,
            new StepProposals(),
            owners -> {
              owners.begin(run.stages().get(1), state(run), false);
              assertThatThrownBy(() -> owners.begin(run.stages().get(1), state(run), false))
                  .hasMessage("stage 2 has an owner");
            })
        .fishForMessage(
            Duration.ofSeconds(10),
            told ->
                told.equals(new TrainingRun.Commit(2, 4))
                    ? FishingOutcomes.complete()
                    : FishingOutcomes.continueAndIgnore());
    assertThat(run.opened).isEqualTo(1);
  }
}
