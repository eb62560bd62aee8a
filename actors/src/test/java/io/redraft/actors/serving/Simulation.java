package io.redraft.actors.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.actors.resume.ResumableStreams;
import io.redraft.actors.simulation.SeededExecutor;
import io.redraft.actors.simulation.VirtualTime;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.Segment;
import io.redraft.model.nn.AttentionMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.SpawnProtocol;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * One run of the real serving actors under one seed: which mailbox runs next, when clients come, go
 * or cancel, what fails and how time passes, all follow from it.
 */
final class Simulation {
  private static final Props ONLOOKER = DispatcherSelector.fromConfig("onlooker-dispatcher");

  /** Priorities in a simulation are at most this. */
  static final int HIGHEST_PRIORITY = 3;

  private static final long LAST = 1000;

  private final long seed;
  private final Random random;
  private final ActorSystem<SpawnProtocol.Command> system;
  private final AttentionMode attention;
  private final ServingSettings settings;
  private FakeModels models;
  private FakeModels verifier;
  private final List<SimulatedClient> clients = new ArrayList<>();
  private final Map<Long, SimulatedClient> bySeed = new HashMap<>();
  private final List<AssertionError> problems = new ArrayList<>();
  private final List<String> order = new ArrayList<>();
  private final boolean faults;
  private ActorRef<Serving.Command> serving;
  private ActorRef<ResumableStreams.Command> streams;
  private ActorRef<Command> root;
  private boolean editing;
  private boolean losing;
  private boolean ready;
  private boolean ended;

  /**
   * What a run came to.
   *
   * @param journal for every message up to the last client's end: how many mailboxes waited when it
   *     was its turn; and the seeds of the requests in every forward
   */
  record Outcome(List<SimulatedClient> clients, FakeModels models, List<String> journal) {}

  Simulation(
      ActorSystem<SpawnProtocol.Command> system,
      long seed,
      AttentionMode attention,
      ServingSettings settings,
      boolean faults) {
    this.seed = seed;
    this.random = new Random(seed);
    this.system = system;
    this.settings = settings;
    this.attention = attention;
    this.models = new FakeModels(attention);
    this.faults = faults;
    models.observer = this::onForward;
  }

  /** The same where, now and then, the pass of one text takes the caches of all others along. */
  Simulation losingCaches() {
    losing = true;
    return this;
  }

  /** The same with clients of which most edit their texts. */
  Simulation withEdits() {
    editing = true;
    return this;
  }

  /** The same with a verifier beside the model, which has its tokens. */
  Simulation withVerifier() {
    models = FakeModels.verifiable();
    models.observer = this::onForward;
    verifier = new FakeModels(AttentionMode.CAUSAL);
    return this;
  }

  /** Runs until these requests have ended, then ends serving. */
  Outcome run(List<GenerationRequest> requests) {
    // Not as a system actor: those come to life on a thread of Pekko's, which may be late.
    system.tell(new SpawnProtocol.Spawn<>(root(), "", Props.empty(), system.ignoreRef()));
    settle(() -> ready);
    var arrivals = new ArrayList<>(requests);
    settle(
        () -> {
          if (!arrivals.isEmpty() && random.nextInt(8) == 0) {
            arrive(arrivals.remove(0));
          }
          disturb();
          return arrivals.isEmpty() && clients.stream().allMatch(SimulatedClient::done);
        });
    // Whatever ended, and however: there is room for one that needs all of the token budget.
    var last = new SimulatedClient(last(), Edits.NONE, problems);
    settle(() -> ready && SeededExecutor.waiting() == 0);
    clients.add(last);
    bySeed.put(last.request.seed(), last);
    root.tell(new Arrive(last));
    settle(last::done);
    clients.remove(last);
    var journal = List.copyOf(order);
    root.tell(new End());
    settle(() -> ended && SeededExecutor.waiting() == 0); // the next run has no part of this one
    return new Outcome(clients, models, journal);
  }

  private sealed interface Command {}

  private record Arrive(SimulatedClient client) implements Command {}

  private record End() implements Command {}

  /** The parent of serving and of its clients. */
  private Behavior<Command> root() {
    return Behaviors.setup(
        context -> {
          var served = new ServedModels(models, Optional.ofNullable(verifier));
          var texts = context.spawn(Serving.create(settings, served, VirtualTime::now), "serving");
          streams =
              context.spawn(
                  ResumableStreams.create(texts, settings.streams(), VirtualTime::now, random),
                  "streams");
          serving = texts;
          root = context.getSelf();
          serving.tell(new Serving.WatchPhase(context.spawnAnonymous(phases(), ONLOOKER)));
          return Behaviors.receive(Command.class)
              .onMessage(
                  Arrive.class,
                  arrive -> {
                    var client = arrive.client();
                    if (client.self != null && !client.away) {
                      return Behaviors.same(); // it was asked back twice
                    }
                    client.self =
                        context.spawnAnonymous(client.behavior(serving, streams), ONLOOKER);
                    return Behaviors.same();
                  })
              .onMessage(End.class, end -> Behaviors.stopped(() -> ended = true))
              .build();
        });
  }

  private Behavior<ServingPhase> phases() {
    return Behaviors.receiveMessage(
        phase -> {
          ready = phase instanceof ServingPhase.Ready;
          return Behaviors.same();
        });
  }

  private void settle(BooleanSupplier done) {
    int idle = 0;
    while (!done.getAsBoolean()) {
      if (runOne()) {
        idle = 0;
      } else {
        pass(Duration.ofMillis(10));
        // Longer than any back-off or deadline here: whoever has not moved by then never will.
        assertThat(++idle).as("nothing hangs, seed %d: %s", seed, unfinished()).isLessThan(1000);
      }
    }
  }

  private List<SimulatedClient> unfinished() {
    return clients.stream().filter(client -> !client.done()).toList();
  }

  private boolean runOne() {
    order.add(SeededExecutor.waiting() + " wait");
    boolean ran = SeededExecutor.runOne(random);
    assertThat(SeededExecutor.strangers()).as("other threads that have a part in this").isEmpty();
    checkBudgets();
    for (var problem : problems) {
      throw new AssertionError(problem.getMessage(), problem);
    }
    return ran;
  }

  private void checkBudgets() {
    int sessions = 0;
    int tokens = 0;
    for (var client : clients) {
      // News of a resumable stream go through another actor, so that its text may have ended.
      if (client.running() && !client.resumable) {
        sessions++;
        tokens += client.canvasLength();
      }
    }
    if (sessions > settings.maxSessions() || tokens > settings.maxTokens()) {
      problems.add(new AssertionError(sessions + " run with " + tokens + " tokens"));
    }
  }

  /** As long as the token budget; a causal network adds its begin token. */
  private GenerationRequest last() {
    int begin = attention == AttentionMode.CAUSAL ? 1 : 0;
    return new GenerationRequest(
        "",
        List.of(new Segment.Masked(settings.maxTokens() - begin)),
        DecodeOptions.DEFAULTS,
        LAST,
        Optional.empty(),
        Optional.empty());
  }

  private void pass(Duration duration) {
    VirtualTime.pass(duration);
  }

  private void arrive(GenerationRequest request) {
    var edits = editing ? Edits.values()[random.nextInt(3)] : Edits.NONE;
    var client = new SimulatedClient(request, edits, problems);
    client.resumable = edits == Edits.NONE && random.nextInt(3) == 0;
    clients.add(client);
    bySeed.put(request.seed(), client);
    root.tell(new Arrive(client));
  }

  private void disturb() {
    if (random.nextInt(50) == 0) {
      pass(Duration.ofMillis(1 + random.nextInt(5)));
    }
    if (!(faults || editing) || clients.isEmpty()) {
      return;
    }
    var client = clients.get(random.nextInt(clients.size()));
    if (random.nextInt(4) == 0) {
      client.edit(random);
    }
    if (client.away && random.nextInt(4) == 0) {
      root.tell(new Arrive(client));
    }
    if (!faults || client.away) {
      return;
    }
    if (client.self == null) {
      return;
    }
    if (client.resumable && random.nextInt(40) == 0) {
      client.self.tell(new SimulatedClient.Vanish()); // its connection breaks
    }
    var failing = verifier != null && random.nextBoolean() ? verifier : models;
    switch (random.nextInt(400)) {
      case 0 -> client.self.tell(new SimulatedClient.Vanish());
      case 1 -> {
        if (client.admission instanceof Admission.Admitted admitted) {
          client.cancelled = true;
          admitted.session().tell(new GenerationSession.Cancel());
        }
      }
      case 2 -> failing.failNextForward(new IllegalStateException("simulated"));
      case 3 -> {
        failing.failNextForward(new IllegalStateException("out of memory, simulated"));
        failing.failNextLoad(new IllegalStateException("simulated"));
      }
      default -> {}
    }
  }

  /** For how long others may become ready later and yet go before it. */
  private Duration advantage(SimulatedClient client) {
    return settings.ageing().multipliedBy(HIGHEST_PRIORITY - client.request.priority());
  }

  private void onForward(List<Long> seeds) {
    order.add("forward of " + seeds);
    if (losing && seeds.size() == 1 && random.nextInt(20) == 0) {
      models.failNextForward(new IllegalStateException("simulated"));
    }
    try {
      checkForward(seeds);
    } catch (AssertionError e) {
      problems.add(e); // thrown here it would be one more failed forward
    }
  }

  private void checkForward(List<Long> seeds) {
    assertThat(seeds).hasSizeLessThanOrEqualTo(settings.maxBatch()).doesNotHaveDuplicates();
    if (seeds.size() > 1 && attention != AttentionMode.CAUSAL) {
      assertThat(models.computing)
          .as("tokens a batch")
          .isLessThanOrEqualTo(settings.maxBatchTokens());
    }
    for (var client : clients) {
      if (client.leftOut == null) {
        client.leftOut = VirtualTime.now();
      } else if (VirtualTime.now().isAfter(client.leftOut.plus(advantage(client)))) {
        client.forwardsWithout++;
      }
      // Whoever is ready stands behind at most all others, once no priority goes before it any
      // more; and once more after a lost cache.
      if (client.stepping
          && !client.done()
          && !client.settled
          && !client.resumable
          && !client.verified()) {
        assertThat(client.forwardsWithout)
            .as("nobody starves")
            .isLessThanOrEqualTo(2 * settings.maxSessions() + 2);
      }
    }
    for (var seed : seeds) {
      var client = bySeed.get(seed);
      client.forwardsWithout = 0;
      client.leftOut = null;
      client.stepping = true;
      if (client.done()) {
        // One that had been sent; and one more where the news of a client's end cross a result.
        assertThat(++client.forwardsAfterTheEnd)
            .as("its slot is free again")
            .isLessThanOrEqualTo(client.vanished ? 2 : 1);
      }
    }
  }
}
