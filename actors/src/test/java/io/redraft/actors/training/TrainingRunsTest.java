package io.redraft.actors.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.train.config.Configs;
import io.redraft.model.train.curriculum.CurriculumPlanner;
import io.redraft.model.train.curriculum.StagedRun;
import io.redraft.model.train.layerwise.LayerwiseRun;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.testkit.typed.annotations.JUnit5TestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestKitJUnit5Extension;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(TestKitJUnit5Extension.class)
class TrainingRunsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final TrainingRunSettings SETTINGS =
      new TrainingRunSettings(
          0,
          Duration.ofMillis(1),
          Duration.ofMillis(8),
          Duration.ofSeconds(5),
          Optional.empty(),
          "redraft.device-dispatcher");

  @JUnit5TestKit public ActorTestKit kit = ActorTestKit.create(JournalInMemory.config());
  @TempDir private Path parent;

  /** A claim that counts how often it is let go. */
  private record Claim(String id, AtomicInteger closed) implements RunClaim {
    Claim(String id) {
      this(id, new AtomicInteger());
    }

    @Override
    public RunJournal journal() {
      return RunJournal.DEFAULT;
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  private LayerwiseRun real(String folder, int seed, String curriculum) throws IOException {
    var config =
        Configs.of(
            """
            run: {name: %s, folder: %s, seed: %d, device: cpu, compute: float32}
            model: {width: 16, layers: 3, heads: 2, feed_forward_width: 32, context: 16,
                    tied_head: false}
            tokenizer: {kind: bytes}
            data: {format: synthetic, validation: 0.05}
            optimizer: {learning_rate: 1e-2, warmup_steps: 1, ema_decay: 0.5}
            training: {batch: 4, log_every: 2, evaluate_every: 0, checkpoint_every: 2}
            curriculum: {%s}
            """
                .formatted(folder, parent.resolve(folder), seed, curriculum),
            List.of());
    return LayerwiseRun.open(
        config, (network, tokens) -> CurriculumPlanner.plan(config, network), false);
  }

  private LayerwiseRun depth(String folder) throws IOException {
    return real(folder, 1, "direction: right-to-left, steps: 6, joint_final: 4");
  }

  private LayerwiseRun bands(String folder) throws IOException {
    return real(folder, 2, "direction: noise-bands, steps: 5");
  }

  /** The model that a run comes to without any actor, one step after the other. */
  private static Map<String, float[]> alone(LayerwiseRun run) throws IOException {
    for (var stage : run.stages()) {
      try (var session = run.open(stage, false)) {
        while (!session.done()) {
          session.step();
        }
        session.finish();
      }
    }
    return weights(run.complete());
  }

  private static Map<String, float[]> weights(Path model) throws IOException {
    var all = ModelFolder.open(model).weights();
    Map<String, float[]> weights = new TreeMap<>();
    for (var name : all.names()) {
      weights.put(name, all.tensor(name).toFloat32());
    }
    return weights;
  }

  private static TrainingEvent.Ended end(TestProbe<RunEvent> events) {
    while (true) {
      if (events.receiveMessage(PATIENCE).event() instanceof TrainingEvent.Ended end) {
        return end;
      }
    }
  }

  private static void assertSame(Path model, Map<String, float[]> expected) throws IOException {
    var found = weights(model);
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    found.forEach((name, values) -> assertThat(values).as(name).isEqualTo(expected.get(name)));
  }

  @Test
  void twoRunsAtOnceFinishWithTheWeightsThatTheyHaveAlone() throws Exception {
    var depthAlone = alone(depth("depth-alone"));
    var bandsAlone = alone(bands("bands-alone"));
    var steps = Collections.synchronizedList(new ArrayList<String>());
    var depth = new OverlappingRun(depth("depth"), steps);
    var bands = new OverlappingRun(bands("bands"), steps);
    depth.overlap(bands);
    bands.overlap(depth);

    var runs = kit.spawn(TrainingRuns.create());
    var depthEvents = kit.<RunEvent>createTestProbe();
    var bandsEvents = kit.<RunEvent>createTestProbe();
    var started = kit.<TrainingRuns.Started>createTestProbe();
    start(runs, depth, new Claim("a"), depthEvents, started);
    start(runs, bands, new Claim("b"), bandsEvents, started);
    assertThat(end(depthEvents)).isInstanceOf(TrainingEvent.Finished.class);
    assertThat(end(bandsEvents)).isInstanceOf(TrainingEvent.Finished.class);

    assertSame(parent.resolve("depth/model"), depthAlone);
    assertSame(parent.resolve("bands/model"), bandsAlone);
    // 3 stages of 6 steps and a phase of 4; 3 stages of 5. Each had begun before the other ended.
    assertThat(steps).filteredOn("depth"::equals).hasSize(22);
    assertThat(steps).filteredOn("bands"::equals).hasSize(15);
    assertThat(steps.indexOf("bands")).isLessThan(steps.lastIndexOf("depth"));
    assertThat(steps.indexOf("depth")).isLessThan(steps.lastIndexOf("bands"));
  }

  private static void start(
      ActorRef<TrainingRuns.Command> runs,
      StagedRun run,
      RunClaim claim,
      TestProbe<RunEvent> events,
      TestProbe<TrainingRuns.Started> started) {
    runs.tell(new TrainingRuns.Start(run, claim, SETTINGS, false, events.ref(), started.ref()));
  }

  @Test
  void aSecondRunOfOneIdIsRefusedByFolderAndTheFirstGoesOn() {
    var runs = kit.spawn(TrainingRuns.create());
    var events = kit.<RunEvent>createTestProbe();
    var strangers = kit.<RunEvent>createTestProbe();
    var started = kit.<TrainingRuns.Started>createTestProbe();
    var first = new Claim("0123abcd");
    var copy = new Claim("0123abcd");
    start(runs, new FakeRun(3, 2), first, events, started);
    var entry = (TrainingRuns.Entry) started.receiveMessage();
    var copied =
        new FakeRun(3, 2) {
          @Override
          public Path folder() {
            return Path.of("copy");
          }
        };
    start(runs, copied, copy, strangers, started);
    started.expectMessage(
        new TrainingRuns.NotStarted(
            "run.folder",
            "run.folder is copy, whose run-id is 0123abcd; allowed: a folder with another run-id"
                + " than that of run, which is trained here"));
    assertThat(end(events)).isEqualTo(new TrainingEvent.Finished(3, "model"));
    assertThat(copied.opened).isZero();
    assertThat(copy.closed()).hasValue(1);
    assertThat(first.closed()).hasValue(0);

    var all = kit.<List<TrainingRuns.Entry>>createTestProbe();
    runs.tell(new TrainingRuns.ListAll(all.ref()));
    all.expectMessage(List.of(entry));

    // The one that is here can be let go; then the copy may begin.
    var released = kit.<TrainingRuns.Released>createTestProbe();
    runs.tell(new TrainingRuns.Release("0123abcd", released.ref()));
    released.expectMessage(new TrainingRuns.Released(true));
    assertThat(first.closed()).hasValue(1);
    runs.tell(
        new TrainingRuns.Start(
            copied, new Claim("0123abcd"), SETTINGS, true, strangers.ref(), started.ref()));
    assertThat(started.receiveMessage()).isInstanceOf(TrainingRuns.Entry.class);
  }

  @Test
  void allRunsAreStoppedBeforeThatIsSaid() {
    var runs = kit.spawn(TrainingRuns.create());
    var events = kit.<RunEvent>createTestProbe();
    var started = kit.<TrainingRuns.Started>createTestProbe();
    // One that would never end, and one that has ended.
    var endless = new FakeRun(Long.MAX_VALUE, Long.MAX_VALUE);
    start(runs, new FakeRun(1, 1), new Claim("a"), events, started);
    assertThat(end(events)).isInstanceOf(TrainingEvent.Finished.class);
    start(runs, endless, new Claim("b"), events, started);
    var stopped = kit.<TrainingRuns.AllStopped>createTestProbe();
    runs.tell(new TrainingRuns.StopAll(stopped.ref()));
    stopped.receiveMessage(PATIENCE);
    assertThat(endless.closed).isEqualTo(endless.opened);
    assertThat(end(events)).isEqualTo(new TrainingEvent.Stopped(endless.saved()));
  }
}
