package io.redraft.actors.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.actors.serving.GenerationEvent.Committed;
import io.redraft.actors.serving.GenerationEvent.Finished;
import io.redraft.actors.serving.GenerationEvent.Refusal;
import io.redraft.actors.serving.GenerationEvent.Reopened;
import io.redraft.actors.serving.GenerationEvent.Repaired;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.Sampling;
import io.redraft.model.decode.Segment;
import io.redraft.model.decode.Verification.Mode;
import io.redraft.model.decode.Verification.Verdict;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.annotations.JUnit5TestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestKitJUnit5Extension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TestKitJUnit5Extension.class)
class ServingVerifierTest {
  @JUnit5TestKit public ActorTestKit kit = ActorTestKit.create();

  private final FakeModels models = FakeModels.verifiable();
  private final FakeModels verifier = new FakeModels(AttentionMode.CAUSAL);
  private NetworkConfig network;

  private Harness ready(Duration verifierTimeout) {
    var settings = Harness.verifierTimeout(Harness.SETTINGS, verifierTimeout);
    var harness =
        new Harness(kit, new ServedModels(models, Optional.of(verifier)), models, settings);
    network = harness.await(ServingPhase.Ready.class).model().network();
    return harness;
  }

  private Harness ready() {
    return ready(Duration.ofHours(1));
  }

  private static GenerationRequest request(Mode mode, int masks, long seed) {
    var options = DecodeOptions.DEFAULTS.withSampling(new Sampling(1, 0, 1)).withBlock(5);
    return new GenerationRequest(
        "",
        List.of(new Segment.Fixed(new int[] {11, 12}), new Segment.Masked(masks)),
        TextsAlone.options(mode, options),
        seed,
        Optional.of(Duration.ZERO),
        Optional.empty());
  }

  @Test
  void everyTextIsTheOneThatItsModeGivesAloneAndItsEventsFoldToIt() {
    var harness = ready();
    var requests =
        IntStream.range(0, 24).mapToObj(i -> request(Mode.values()[i % 3], 30, i)).toList();
    var clients = requests.stream().limit(15).map(harness::ask).toList(); // all at once
    for (int i = 0; i < requests.size(); i++) {
      var client = i < clients.size() ? clients.get(i) : harness.ask(requests.get(i));
      var events = client.toTheEnd();
      var end = (Finished) events.get(events.size() - 1);
      assertThat(end.tokens()).isEqualTo(TextsAlone.verified(requests.get(i), network));
      var folded = folded(events);
      for (int p = 0; p < end.tokens().size(); p++) {
        assertThat(folded).containsEntry(p, end.tokens().get(p));
      }
      assertThat(end.verified().isPresent()).isEqualTo(i % 3 != 0);
      end.verified().ifPresent(v -> assertThat(v.verdict()).isEqualTo(Verdict.VERIFIED));
    }
    assertThat(verifier.batches.size()).isGreaterThan(20);
  }

  private static Map<Integer, Integer> folded(List<GenerationEvent> events) {
    var canvas = new TreeMap<Integer, Integer>();
    for (var event : events) {
      if (event instanceof Committed commit) {
        commit.slots().forEach(slot -> canvas.put(slot.position(), slot.token()));
      } else if (event instanceof Reopened reopened) {
        reopened.positions().forEach(canvas::remove);
      } else if (event instanceof Repaired repaired) {
        repaired.before().forEach(s -> assertThat(canvas).containsEntry(s.position(), s.token()));
        repaired.after().forEach(slot -> canvas.put(slot.position(), slot.token()));
        assertThat(repaired.scoreAfter()).isGreaterThan(repaired.scoreBefore());
      }
    }
    return canvas;
  }

  @Test
  void aTextWhoseVerifierFailsIsItsDraftAndSaysSo() {
    var harness = ready();
    verifier.failNextForward(new IllegalStateException("simulated"));
    var request = request(Mode.REPAIR, 30, 1);
    var end = harness.ask(request).finished();
    assertThat(end.tokens()).isEqualTo(TextsAlone.draft(request, network));
    assertThat(end.verified().orElseThrow().verdict()).isEqualTo(Verdict.UNAVAILABLE);
    // It is loaded anew, and the next text is mended.
    var next = harness.ask(request).finished();
    assertThat(next.tokens()).isEqualTo(TextsAlone.verified(request, network));
    assertThat(verifier.loads).hasValue(2);
    assertThat(models.loads).hasValue(1);
  }

  @Test
  void aTextWhoseVerifierIsLateIsItsDraftAndSaysSo() {
    var harness = ready(Duration.ofMillis(1));
    verifier.pause();
    var request = request(Mode.REPAIR, 30, 1);
    var end = harness.ask(request).finished();
    verifier.goOn();
    assertThat(end.tokens()).isEqualTo(TextsAlone.draft(request, network));
    assertThat(end.verified().orElseThrow().verdict()).isEqualTo(Verdict.LATE);
  }

  @Test
  void withoutAVerifierThatCanBeLoadedOnlyLosslessTextsAreRefused() {
    verifier.failLoads(new IllegalStateException("simulated"));
    var harness = ready();
    var refused = harness.ask(request(Mode.LOSSLESS, 8, 1)).refused();
    assertThat(refused.refusal()).isEqualTo(Refusal.UNAVAILABLE);
    assertThat(refused.message()).isEqualTo("the verifier is not available");
    var request = request(Mode.REPAIR, 30, 2);
    var end = harness.ask(request).finished();
    assertThat(end.tokens()).isEqualTo(TextsAlone.draft(request, network));
    assertThat(end.verified().orElseThrow().verdict()).isEqualTo(Verdict.UNAVAILABLE);
  }

  @Test
  void whatCannotBeVerifiedIsRefusedByName() {
    var harness = ready();
    assertThat(harness.ask(request(Mode.REPAIR, 8, 1), Edits.KEPT_OPEN).refused().message())
        .isEqualTo("verify is repair; allowed: off for a text that is edited");
    // The verifier puts its begin token before the text.
    assertThat(harness.ask(request(Mode.LOSSLESS, 62, 1)).refused().message())
        .isEqualTo("the text is 64 tokens long; allowed: at most 63, what the verifier can read");
    var alone = new Harness(kit, FakeModels.verifiable(), Harness.SETTINGS);
    alone.await(ServingPhase.Ready.class);
    var refused = alone.ask(request(Mode.LOSSLESS, 8, 1)).refused();
    assertThat(refused.refusal()).isEqualTo(Refusal.INVALID);
    assertThat(refused.message())
        .isEqualTo("verify is lossless; allowed: off; this server has no verifier");
  }

  @Test
  void keysAndValuesGoWithTheirTexts() {
    var harness = ready();
    var clients =
        IntStream.range(0, 6).mapToObj(i -> harness.ask(request(Mode.LOSSLESS, 40, i))).toList();
    clients.forEach(Harness.Client::finished);
    harness.drain().receiveMessage();
    kit.stop(harness.serving);
    assertThat(verifier.cached).isEmpty();
    assertThat(models.cached).isEmpty();
    assertThat(verifier.open).hasValue(0);
    assertThat(verifier.threads).isEqualTo(models.threads); // one device, one thread
  }
}
