package io.redraft.actors.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.actors.serving.GenerationEvent.Refusal;
import io.redraft.model.decode.Segment;
import io.redraft.model.nn.AttentionMode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.annotations.JUnit5TestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestKitJUnit5Extension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TestKitJUnit5Extension.class)
class ServingTest {
  @JUnit5TestKit public ActorTestKit kit = ActorTestKit.create();

  private Harness ready(AttentionMode attention, ServingSettings settings) {
    var harness = new Harness(kit, new FakeModels(attention), settings);
    harness.await(ServingPhase.Ready.class);
    return harness;
  }

  private Harness ready() {
    return ready(AttentionMode.BIDIRECTIONAL, Harness.SETTINGS);
  }

  /** Room for so many; nothing else is small. */
  private static ServingSettings room(int sessions, int queued) {
    return Harness.settings(sessions, queued, Duration.ofSeconds(20));
  }

  @Test
  void pinsTheGivenTextFirstAndEndsWithTheWholeText() {
    var events = ready().ask(Harness.request(8, 7)).toTheEnd();
    assertThat(events.get(0))
        .isInstanceOfSatisfying(
            GenerationEvent.Committed.class,
            pinned -> {
              assertThat(pinned.pinned()).isTrue();
              assertThat(pinned.slots())
                  .extracting(GenerationEvent.Slot::token)
                  .containsExactly(11, 12, 13);
            });
    assertThat(events.get(events.size() - 1))
        .isInstanceOfSatisfying(
            GenerationEvent.Finished.class, end -> assertThat(end.tokens()).startsWith(11, 12, 13));
  }

  @Test
  void aCausalModelWritesFromLeftToRight() {
    var harness = ready(AttentionMode.CAUSAL, Harness.SETTINGS);
    var end = harness.ask(Harness.request(8, 7)).finished();
    assertThat(end.tokens()).containsSequence(11, 12, 13);
    assertThat(end.forwards()).isBetween(1, 8);
  }

  @Test
  void requestsThatComeTogetherAreDenoisedTogether() {
    var harness = ready();
    harness.models.pause();
    var clients = IntStream.range(0, 6).mapToObj(i -> harness.ask(Harness.request(16, i))).toList();
    harness.models.goOn();
    clients.forEach(Harness.Client::finished);
    // The first goes alone, since nobody else was there; the others join it after that pass.
    assertThat(harness.models.batches).first().isEqualTo(1);
    assertThat(harness.models.batches).contains(6);
  }

  @Test
  void oneTooManyIsRefusedWithAHintWhenToTryAgain() {
    var harness = ready(AttentionMode.BIDIRECTIONAL, room(1, 1));
    harness.models.pause();
    var first = harness.ask(Harness.request(8, 1));
    var second = harness.ask(Harness.request(8, 2));
    var third = harness.ask(Harness.request(8, 3));
    harness.models.goOn();
    assertThat(third.refused().refusal()).isEqualTo(Refusal.OVERLOADED);
    assertThat(third.refused().retryAfter()).isEqualTo(Duration.ofSeconds(1));
    first.finished();
    second.finished();
  }

  @Test
  void aClientThatCancelsFreesItsPlaceForTheNext() {
    var harness = ready(AttentionMode.BIDIRECTIONAL, room(1, 1));
    harness.models.pause();
    var first = harness.ask(Harness.request(8, 1));
    var second = harness.ask(Harness.request(8, 2));
    first.cancel();
    assertThat(first.failed().refusal()).isEqualTo(Refusal.CANCELLED);
    harness.models.goOn();
    second.finished();
  }

  @Test
  void aClientThatVanishesFreesItsPlaceForTheNext() {
    var harness = ready(AttentionMode.BIDIRECTIONAL, room(1, 1));
    harness.models.pause();
    var first = harness.ask(Harness.request(8, 1));
    var second = harness.ask(Harness.request(8, 2));
    first.events.stop();
    harness.models.goOn();
    second.finished();
  }

  @Test
  void aDeadlineEndsARequestThatRunsAndOneThatWaits() {
    var harness = ready(AttentionMode.BIDIRECTIONAL, room(1, 1));
    harness.models.pause();
    var soon = Instant.now().plusMillis(300);
    var first = harness.ask(Harness.request(8, 1, Optional.of(soon)));
    var second = harness.ask(Harness.request(8, 2, Optional.of(soon)));
    assertThat(first.failed().refusal()).isEqualTo(Refusal.DEADLINE);
    assertThat(second.failed().refusal()).isEqualTo(Refusal.DEADLINE);
    harness.models.goOn();
  }

  @Test
  void aDeadlineThatHasPassedIsRefusedBeforeAnythingIsComputed() {
    var harness = ready();
    var late = harness.ask(Harness.request(8, 1, Optional.of(Instant.now().minusSeconds(1))));
    assertThat(late.refused().refusal()).isEqualTo(Refusal.DEADLINE);
    assertThat(harness.models.batches).isEmpty();
  }

  @Test
  void anotherModelsNameIsNotFound() {
    var request = Harness.request(8, 1);
    var named =
        new GenerationRequest(
            "gpt",
            request.segments(),
            request.options(),
            1,
            request.draftInterval(),
            request.deadline());
    var refused = ready().ask(named).refused();
    assertThat(refused.refusal()).isEqualTo(Refusal.NOT_FOUND);
    assertThat(refused.message()).isEqualTo("model is gpt; allowed: fake");
  }

  @Test
  void aTextThatDoesNotFitIsRefusedWithItsField() {
    var harness = ready();
    var tooLong = harness.ask(Harness.request(500, 1)).refused();
    assertThat(tooLong.refusal()).isEqualTo(Refusal.INVALID);
    assertThat(tooLong.field()).isEqualTo("length");
    var request = Harness.request(8, 1);
    var nothing =
        new GenerationRequest(
            "",
            List.of(new Segment.Fixed(new int[] {11})),
            request.options(),
            1,
            Optional.empty(),
            Optional.empty());
    assertThat(harness.ask(nothing).refused().refusal()).isEqualTo(Refusal.INVALID);
  }

  @Test
  void drainingFinishesWhatRunsAndRefusesWhatComes() {
    var harness = ready();
    harness.models.pause();
    var running = harness.ask(Harness.request(8, 1));
    var drained = harness.drain();
    assertThat(harness.ask(Harness.request(8, 2)).refused().refusal())
        .isEqualTo(Refusal.UNAVAILABLE);
    harness.models.goOn();
    running.finished();
    drained.receiveMessage();
  }

  @Test
  void drainingEndsWhatTakesTooLong() {
    var harness = ready(AttentionMode.BIDIRECTIONAL, Harness.settings(1, 1, Duration.ofMillis(50)));
    harness.models.pause();
    var running = harness.ask(Harness.request(8, 1));
    var waiting = harness.ask(Harness.request(8, 2));
    var drained = harness.drain();
    assertThat(running.failed().refusal()).isEqualTo(Refusal.UNAVAILABLE);
    assertThat(waiting.failed().refusal()).isEqualTo(Refusal.UNAVAILABLE);
    drained.receiveMessage();
    harness.models.goOn();
  }
}
