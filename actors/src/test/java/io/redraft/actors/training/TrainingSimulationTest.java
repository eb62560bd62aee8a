package io.redraft.actors.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.redraft.actors.simulation.LossyMailbox;
import io.redraft.actors.simulation.SeededExecutor;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.SpawnProtocol;
import org.apache.pekko.persistence.testkit.JournalOperation;
import org.apache.pekko.persistence.testkit.ProcessingPolicy;
import org.apache.pekko.persistence.testkit.ProcessingResult;
import org.apache.pekko.persistence.testkit.ProcessingSuccess;
import org.apache.pekko.persistence.testkit.StorageFailure;
import org.apache.pekko.persistence.testkit.WriteEvents;
import org.apache.pekko.persistence.testkit.javadsl.PersistenceTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Training under a thousand interleavings with lost messages and deaths of everybody at any moment,
 * each of them decided by a seed and repeatable. Stages are trained one after another here as in
 * every run, also where some are bands: two owners at once are looked at in {@link
 * StageOwnersTest}, and commits out of order in {@link CheckpointKeeperTest}.
 */
class TrainingSimulationTest {
  private static final int SEEDS = Integer.getInteger("redraft.training.simulation.seeds", 1000);

  private static ActorSystem<SpawnProtocol.Command> system;
  private static TrainingSimulation running;

  @BeforeAll
  static void start() {
    var seeded =
        ConfigFactory.parseString(
            """
            seeded { type = Dispatcher, throughput = 1
              executor = "io.redraft.actors.simulation.SeededExecutor" }
            pekko {
              actor.default-dispatcher = ${seeded}
              actor.internal-dispatcher = ${seeded}
              actor.typed.default-mailbox.mailbox-type = "io.redraft.actors.simulation.LossyMailbox"
              persistence.dispatchers {
                default-plugin-dispatcher = ${seeded}
                default-replay-dispatcher = ${seeded}
              }
              scheduler.implementation = "io.redraft.actors.simulation.VirtualTime"
              loglevel = OFF
              log-dead-letters = off
            }
            onlooker-dispatcher = ${seeded}
            onlooker-dispatcher.immediate = true
            redraft.device-dispatcher = ${seeded}
            """);
    // Pekko waits for actors of its own while it starts; somebody has to run them.
    var starting =
        CompletableFuture.supplyAsync(
            () ->
                ActorSystem.create(
                    SpawnProtocol.create(),
                    "simulation",
                    seeded.withFallback(JournalInMemory.config()).resolve()));
    while (!starting.isDone()) {
      runAll();
    }
    system = starting.join();
    runAll();
    SeededExecutor.belongsToThisThread();
    PersistenceTestKit.create(system).withPolicy(new Database());
    new TrainingSimulation(system, 0, 0).run(); // the journal's own actors come to life here
  }

  private static void runAll() {
    var random = new Random(0);
    while (SeededExecutor.runOne(random)) {}
  }

  @AfterAll
  static void end() {
    LossyMailbox.lose(message -> false);
    system.terminate();
    while (!system.getWhenTerminated().toCompletableFuture().isDone()) {
      runAll(); // here Pekko's own threads do have a part
    }
  }

  /** A database that takes what the simulation says. */
  private static final class Database implements ProcessingPolicy<JournalOperation> {
    @Override
    public ProcessingResult tryProcess(String id, JournalOperation asked) {
      boolean taken =
          !(asked instanceof WriteEvents write)
              || running == null
              || running.takes(id, write.getBatch());
      return taken
          ? ProcessingSuccess.getInstance()
          : StorageFailure.create(new IllegalStateException("simulated: the database is away"));
    }
  }

  private static TrainingSimulation.Outcome run(long seed, int disturbances) {
    running = new TrainingSimulation(system, seed, disturbances);
    return running.run();
  }

  @Test
  void whateverIsLostAndWhoeverDiesTheWeightsAreThoseOfAnUndisturbedRun() {
    int deaths = 0;
    int processes = 0;
    int snapshots = 0;
    int changed = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      var outcome = run(seed, 12);
      assertThat(outcome.weights())
          .as("weights, seed %d: %s", seed, String.join("\n", outcome.history()))
          .isEqualTo(SimulatedFolder.undisturbed(outcome.state().stages()));
      assertThat(outcome.state().status()).isEqualTo(RunState.Status.FINISHED);
      assertThat(outcome.state().stages()).allMatch(RunState.StageState::committed);
      deaths += outcome.deaths();
      processes += outcome.processes() - 1;
      snapshots += outcome.journalled() > 10 ? 1 : 0;
      changed +=
          outcome.state().stages().stream().anyMatch(stage -> stage.steps().changes().size() > 1)
              ? 1
              : 0;
    }
    // What was meant to be looked at did happen, and often.
    assertThat(deaths).isGreaterThan(SEEDS);
    assertThat(processes).isGreaterThan(SEEDS);
    assertThat(snapshots).isGreaterThan(SEEDS / 10);
    assertThat(changed).isGreaterThan(SEEDS / 10);
  }

  @Test
  void theSameSeedGivesTheSameOrderOfEverything() {
    for (int seed = 0; seed < 20; seed++) {
      assertThat(run(seed, 12).order()).isEqualTo(run(seed, 12).order());
    }
  }
}
