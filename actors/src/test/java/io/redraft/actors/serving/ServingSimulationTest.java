package io.redraft.actors.serving;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.redraft.actors.admission.RetryDelay;
import io.redraft.actors.serving.GenerationEvent.Failed;
import io.redraft.actors.serving.GenerationEvent.Finished;
import io.redraft.actors.serving.GenerationEvent.Refusal;
import io.redraft.actors.simulation.SeededExecutor;
import io.redraft.model.decode.Verification.Mode;
import io.redraft.model.decode.Verification.Verdict;
import io.redraft.model.nn.AttentionMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.SpawnProtocol;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Serving under hundreds of interleavings, each of them decided by a seed and repeatable. */
class ServingSimulationTest {
  /** Seeds a test; a few seconds for all of them. 250 are 1,000 runs in all. */
  private static final int SEEDS = Integer.getInteger("redraft.simulation.seeds", 60);

  private static final Duration AGEING = Duration.ofMillis(1);

  private static final ServingSettings SETTINGS =
      new ServingSettings(
          5,
          4,
          48,
          40,
          AGEING,
          RequestLimits.NONE,
          4,
          60,
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Duration.ofMillis(1),
          Duration.ofMillis(20),
          false,
          Duration.ofMillis(50),
          Duration.ofSeconds(2),
          Harness.STREAMS,
          "redraft.device-dispatcher",
          "redraft.device-dispatcher");

  private static ActorSystem<SpawnProtocol.Command> system;

  @BeforeAll
  static void start() {
    Config seeded =
        ConfigFactory.parseString(
            """
            pekko.actor.default-dispatcher {
              executor = "io.redraft.actors.simulation.SeededExecutor", throughput = 1
            }
            onlooker-dispatcher {
              type = Dispatcher, executor = "io.redraft.actors.simulation.SeededExecutor", immediate = true
            }
            pekko.scheduler.implementation = "io.redraft.actors.simulation.VirtualTime"
            redraft.device-dispatcher.executor = "io.redraft.actors.simulation.SeededExecutor"
            pekko.loggers-dispatcher = "pekko.actor.internal-dispatcher"
            pekko.loglevel = OFF
            # Not that of pekko-stream, which begins actors of its own.
            pekko.library-extensions = [
              "org.apache.pekko.serialization.SerializationExtension$"
              "org.apache.pekko.actor.typed.internal.adapter.ActorSystemAdapter$LoadTypedExtensions"
            ]
            # Whoever logs dead letters is an actor of Pekko's on the default dispatcher.
            pekko.log-dead-letters = off
            """);
    SeededExecutor.belongsToThisThread();
    system =
        ActorSystem.create(
            SpawnProtocol.create(), "simulation", seeded.withFallback(ConfigFactory.load()));
    runAll();
  }

  /** Lets the actor system begin or end. */
  private static void runAll() {
    var random = new Random(0);
    while (SeededExecutor.runOne(random)) {}
  }

  @AfterAll
  static void end() {
    system.terminate();
    while (!system.getWhenTerminated().toCompletableFuture().isDone()) {
      runAll(); // here Pekko's own threads do have a part
    }
  }

  @ParameterizedTest
  @EnumSource
  void theSameSeedGivesTheSameOrderOfEverything(AttentionMode attention) {
    for (int seed = 0; seed < SEEDS / 2; seed++) {
      assertThat(journal(seed, attention)).isEqualTo(journal(seed, attention));
    }
  }

  private static List<String> journal(int seed, AttentionMode attention) {
    var requests = SimulatedRequests.draw(new Random(seed), attention, true);
    return simulation(seed, attention, true).run(requests).journal();
  }

  @ParameterizedTest
  @EnumSource
  void everyRequestEndsOnceWithTheTextThatItGetsAlone(AttentionMode attention) {
    int finished = 0;
    int refusals = 0;
    int displaced = 0;
    int limited = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      var requests = SimulatedRequests.draw(new Random(seed), attention, false);
      var outcome = simulation(seed, attention, false).run(requests);
      assertThat(outcome.models().open).as("models open after seed %d", seed).hasValue(0);
      assertThat(outcome.models().cached).isEmpty();
      for (var client : outcome.clients()) {
        if (client.admission instanceof Admission.Refused refused) {
          assertThat(refused.refusal()).isEqualTo(Refusal.OVERLOADED);
          assertThat(refused.retryAfter()).isBetween(RetryDelay.LEAST, RetryDelay.MOST);
          refusals++;
        } else if (client.end instanceof Failed failed) {
          assertThat(failed.refusal()).isIn(Refusal.OVERLOADED, Refusal.LIMIT);
          if (failed.refusal() == Refusal.LIMIT) {
            assertThat(client.request.limits().maxSteps()).isPresent();
            limited++;
          } else {
            displaced++;
          }
        } else {
          assertThat(((Finished) client.end).tokens())
              .as("text of a request under seed %d", seed)
              .isEqualTo(alone(client.request, attention));
          finished++;
        }
      }
    }
    // Each happens often, or this test has tested nothing.
    assertThat(finished).isGreaterThan(5 * SEEDS);
    assertThat(List.of(refusals, displaced, limited)).allMatch(count -> count > SEEDS / 10);
  }

  @ParameterizedTest
  @EnumSource
  void whateverFailsEveryoneIsToldAndOthersGoOn(AttentionMode attention) {
    int finished = 0;
    int failed = 0;
    int resumed = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      var requests = SimulatedRequests.draw(new Random(seed), attention, true);
      var outcome = simulation(seed, attention, true).run(requests);
      assertThat(outcome.models().open).as("models open after seed %d", seed).hasValue(0);
      for (var client : outcome.clients()) {
        if (client.end instanceof Finished end) {
          finished++;
          resumed += client.resumed;
          assertThat(end.tokens())
              .as("text of a request under seed %d", seed)
              .isEqualTo(alone(client.request, attention));
        } else if (client.end instanceof Failed end) {
          failed++;
          assertThat(allowed(client)).contains(end.refusal());
        }
      }
    }
    // Both happen often, or this test has tested nothing.
    assertThat(finished).isGreaterThan(SEEDS);
    assertThat(failed).isGreaterThan(SEEDS / 4);
    assertThat(resumed).as("texts whose clients came back").isGreaterThan(SEEDS / 10);
  }

  @Test
  void prefixCachesThatAreLostTimeAndAgainChangeNoText() {
    int finished = 0;
    int unlike = 0;
    int refilled = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      var requests = SimulatedRequests.draw(new Random(seed), AttentionMode.BLOCK_CAUSAL, false);
      var outcome =
          simulation(seed, AttentionMode.BLOCK_CAUSAL, false).losingCaches().run(requests);
      unlike += outcome.models().unlike.get();
      refilled += outcome.models().refilled.get();
      assertThat(outcome.models().cached).isEmpty();
      for (var client : outcome.clients()) {
        if (client.end instanceof Finished end) {
          finished++;
          assertThat(end.tokens())
              .as("text of a request under seed %d", seed)
              .isEqualTo(alone(client.request, AttentionMode.BLOCK_CAUSAL));
        }
      }
    }
    // Each happens often, or this test has tested nothing.
    assertThat(finished).isGreaterThan(SEEDS);
    assertThat(unlike).as("appended runs of unlike lengths together").isGreaterThan(SEEDS);
    assertThat(refilled).as("caches lost and filled again").isGreaterThan(SEEDS / 10);
  }

  @ParameterizedTest
  @CsvSource({
    "BIDIRECTIONAL, false",
    "BIDIRECTIONAL, true",
    "BLOCK_CAUSAL, false",
    "BLOCK_CAUSAL, true"
  })
  void editsKeepPinsAndFoldToTheTextWhateverCrossesThem(AttentionMode attention, boolean faults) {
    int accepted = 0;
    int refused = 0;
    for (int seed = 0; seed < 2 * SEEDS; seed++) {
      var requests = SimulatedRequests.draw(new Random(seed), attention, faults);
      var outcome = simulation(seed, attention, faults).withEdits().run(requests);
      assertThat(outcome.models().open).as("models open after seed %d", seed).hasValue(0);
      for (var client : outcome.clients()) {
        accepted += client.accepted;
        refused += client.refused;
        if (client.end instanceof Failed failed) {
          assertThat(faults ? allowed(client) : List.of(Refusal.OVERLOADED, Refusal.LIMIT))
              .as("end under seed %d", seed)
              .contains(failed.refusal());
        }
        if (client.edits == Edits.NONE && client.end instanceof Finished end) {
          assertThat(end.tokens())
              .as("nobody else's edit touches a text, seed %d", seed)
              .isEqualTo(alone(client.request, attention));
        }
      }
    }
    // Both happen often, or this test has tested nothing.
    assertThat(accepted).isGreaterThan(10 * SEEDS);
    assertThat(refused).isGreaterThan(5 * SEEDS);
  }

  @ParameterizedTest
  @CsvSource({
    "BIDIRECTIONAL, false",
    "BIDIRECTIONAL, true",
    "BLOCK_CAUSAL, false",
    "BLOCK_CAUSAL, true"
  })
  void verifiedTextsAreTheirModesOwnWhoeverFails(AttentionMode attention, boolean faults) {
    int verified = 0;
    int fallbacks = 0;
    int failed = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      var requests =
          SimulatedRequests.verified(
              SimulatedRequests.draw(new Random(seed), attention, faults), seed);
      var outcome = simulation(seed, attention, faults).withVerifier().run(requests);
      assertThat(outcome.models().open).as("models open after seed %d", seed).hasValue(0);
      var network = FakeModels.verifiable().network();
      for (var client : outcome.clients()) {
        if (client.end instanceof Failed end) {
          failed++;
          assertThat(faults ? allowed(client) : List.of(Refusal.OVERLOADED, Refusal.LIMIT))
              .as("end under seed %d", seed)
              .contains(end.refusal());
        } else if (client.end instanceof Finished end) {
          boolean whole = end.verified().map(v -> v.verdict() == Verdict.VERIFIED).orElse(true);
          if (whole) {
            assertThat(end.tokens())
                .as("text of a request under seed %d", seed)
                .isEqualTo(TextsAlone.verified(client.request, network));
            verified += client.verified() ? 1 : 0;
          } else {
            assertThat(faults).as("a fallback under seed %d", seed).isTrue();
            assertThat(client.request.options().verification().mode()).isEqualTo(Mode.REPAIR);
            fallbacks++;
            if (end.verified().get().repaired() == 0) {
              assertThat(end.tokens()).isEqualTo(TextsAlone.draft(client.request, network));
            }
          }
        }
      }
    }
    // Each happens often, or this test has tested nothing.
    assertThat(verified).isGreaterThan(SEEDS / 2);
    assertThat(failed).isGreaterThan(SEEDS / 4);
    assertThat(fallbacks).isGreaterThanOrEqualTo(faults ? SEEDS / 10 : 0);
  }

  private static List<Refusal> allowed(SimulatedClient client) {
    var allowed =
        new ArrayList<>(List.of(Refusal.INTERNAL, Refusal.UNAVAILABLE, Refusal.OVERLOADED));
    if (client.request.limits().maxSteps().isPresent()) {
      allowed.add(Refusal.LIMIT);
    }
    if (client.cancelled) {
      allowed.add(Refusal.CANCELLED);
    }
    if (client.request.deadline().isPresent()) {
      allowed.add(Refusal.DEADLINE);
    }
    return allowed;
  }

  private static Simulation simulation(long seed, AttentionMode attention, boolean faults) {
    return new Simulation(system, seed, attention, SETTINGS, faults);
  }

  /** The same text without any actor. */
  private static List<Integer> alone(GenerationRequest request, AttentionMode attention) {
    return attention == AttentionMode.CAUSAL
        ? TextsAlone.causal(request)
        : TextsAlone.draft(request, FakeModels.denoising(attention));
  }
}
