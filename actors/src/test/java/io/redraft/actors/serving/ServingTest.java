package io.redraft.actors.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.actors.serving.GenerationEvent.Refusal;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.Segment;
import io.redraft.model.nn.AttentionMode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.annotations.JUnit5TestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestKitJUnit5Extension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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

  @ParameterizedTest
  @EnumSource(AttentionMode.class)
  void aBatchInvariantRequestIsInNoPassWithAnother(AttentionMode attention) {
    var harness = ready(attention, Harness.SETTINGS);
    List<List<Long>> passes = Collections.synchronizedList(new ArrayList<>());
    harness.models.observer = passes::add;
    harness.models.pause();
    var clients =
        IntStream.range(0, 6)
            .mapToObj(
                seed ->
                    harness.ask(
                        Harness.request(
                            16, seed, DecodeOptions.DEFAULTS.withBatchInvariant(seed % 3 == 0))))
            .toList();
    harness.models.goOn();
    clients.forEach(Harness.Client::finished);

    assertThat(passes).filteredOn(p -> p.contains(0L) || p.contains(3L)).hasSizeGreaterThan(1);
    assertThat(passes)
        .filteredOn(pass -> pass.contains(0L) || pass.contains(3L))
        .allSatisfy(pass -> assertThat(pass).hasSize(1));
    assertThat(passes)
        .anySatisfy(pass -> assertThat(pass).containsExactlyInAnyOrder(1L, 2L, 4L, 5L));
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
  void drainingRefusesWhatWaitsAtOnceAndFinishesWhatRuns() {
    var harness = ready(AttentionMode.BIDIRECTIONAL, room(1, 2));
    harness.models.pause();
    var running = harness.ask(Harness.request(8, 1));
    var waiting = List.of(harness.ask(Harness.request(8, 2)), harness.ask(Harness.request(8, 3)));
    var drained = harness.drain();
    for (var client : waiting) {
      var failed = client.failed(); // while the forward of the first still waits
      assertThat(failed.refusal()).isEqualTo(Refusal.UNAVAILABLE);
      assertThat(failed.message()).isEqualTo("the server is shutting down");
    }
    harness.models.goOn();
    running.finished();
    drained.receiveMessage();
    assertThat(harness.models.batches).as("of one text only").containsOnly(1);
  }

  @Test
  void aRequestThatDoesNotFitTheTokensLeftWaitsAndASmallerOnePassesIt() {
    var limited = Harness.limited(room(8, 8), 40, RequestLimits.NONE);
    var harness = ready(AttentionMode.BIDIRECTIONAL, limited);
    harness.models.pause();
    var first = harness.ask(Harness.request(17, 1)); // 20 tokens with its prompt
    var large = harness.ask(Harness.request(37, 2)); // all 40
    var small = harness.ask(Harness.request(5, 3));
    assertThat(first.events.receiveMessage()).isInstanceOf(GenerationEvent.Committed.class);
    assertThat(small.events.receiveMessage()).isInstanceOf(GenerationEvent.Committed.class);
    large.events.expectNoMessage(Duration.ZERO);
    harness.models.goOn();
    first.finished();
    small.finished();
    large.finished();
  }

  @Test
  void aRequestLongerThanTheWholeTokenBudgetIsRefusedWithItsField() {
    var limited = Harness.limited(room(8, 8), 40, RequestLimits.NONE);
    var refused = ready(AttentionMode.BIDIRECTIONAL, limited).ask(Harness.request(38, 1)).refused();
    assertThat(refused.refusal()).isEqualTo(Refusal.INVALID);
    assertThat(refused.field()).isEqualTo("length");
    assertThat(refused.message())
        .isEqualTo("the text is 41 tokens long; allowed: at most 40 (redraft.serving.max-tokens)");
  }

  @Test
  void anotherTenantsRequestGetsTheNextPlaceAndAPlaceInAFullQueue() {
    var harness = ready(AttentionMode.BIDIRECTIONAL, room(1, 2));
    harness.models.pause();
    var many =
        IntStream.range(0, 3)
            .mapToObj(i -> harness.ask(Harness.request(8, i, "many", RequestLimits.NONE)))
            .toList();
    var one = harness.ask(Harness.request(8, 9, "one", RequestLimits.NONE));
    var displaced = many.get(2).failed();
    assertThat(displaced.refusal()).isEqualTo(Refusal.OVERLOADED);
    assertThat(displaced.number()).as("nothing was told before").isEqualTo(1);
    assertThat(displaced.retryAfter()).isEqualTo(Duration.ofSeconds(1));
    many.get(0).cancel();
    assertThat(one.events.receiveMessage()).isInstanceOf(GenerationEvent.Committed.class);
    many.get(1).events.expectNoMessage(Duration.ZERO);
    harness.models.goOn();
    one.finished();
    many.get(1).finished();
  }

  @Test
  void aTextThatIsNotFinishedWithinItsStepsEndsThere() {
    var limits = new RequestLimits(OptionalInt.empty(), OptionalInt.of(3), Optional.empty());
    var harness = ready();
    var failed = harness.ask(Harness.request(16, 1, "", limits)).failed();
    assertThat(failed.refusal()).isEqualTo(Refusal.LIMIT);
    assertThat(failed.field()).isEqualTo("limits.max_steps");
    assertThat(harness.models.batches).hasSize(3);
    // Three steps are enough for three masks.
    harness.ask(Harness.request(3, 1, "", limits)).finished();
  }

  @Test
  void theServersLimitHoldsWhereARequestAsksForMore() {
    var ceiling = new RequestLimits(OptionalInt.of(8), OptionalInt.of(5), Optional.empty());
    var asked = new RequestLimits(OptionalInt.empty(), OptionalInt.of(100), Optional.empty());
    var harness = ready(AttentionMode.BIDIRECTIONAL, Harness.limited(room(8, 8), 100, ceiling));
    assertThat(harness.ask(Harness.request(8, 1, "", asked)).failed().message())
        .isEqualTo("the text was not finished within limits.max_steps (5)");
    var refused = harness.ask(Harness.request(9, 1, "", asked)).refused();
    assertThat(refused.field()).isEqualTo("mask");
    assertThat(refused.message())
        .isEqualTo(
            "the text is 9 tokens to be written; allowed: at most 8"
                + " (redraft.serving.limits.max-tokens)");
  }

  @Test
  void moreTokensThanTheRequestsOwnLimitAreRefusedBeforeAnythingIsComputed() {
    var limits = new RequestLimits(OptionalInt.of(7), OptionalInt.empty(), Optional.empty());
    var harness = ready();
    var refused = harness.ask(Harness.request(8, 1, "", limits)).refused();
    assertThat(refused.refusal()).isEqualTo(Refusal.INVALID);
    assertThat(refused.field()).isEqualTo("limits.max_tokens");
    harness.ask(Harness.request(7, 1, "", limits)).finished();
  }

  @Test
  void theTimeOfATextCountsFromItsFirstStep() {
    var limits =
        new RequestLimits(
            OptionalInt.empty(), OptionalInt.empty(), Optional.of(Duration.ofMillis(50)));
    var harness = ready(AttentionMode.BIDIRECTIONAL, room(1, 1));
    harness.models.pause();
    var running = harness.ask(Harness.request(8, 1));
    harness.models.awaitPaused();
    var limited = harness.ask(Harness.request(40, 2, "", limits));
    limited.events.expectNoMessage(Duration.ofMillis(100)); // waits for longer than it may take
    running.cancel();
    assertThat(limited.events.receiveMessage()).isInstanceOf(GenerationEvent.Committed.class);
    var failed = limited.failed(); // the forward before it never ends
    assertThat(failed.refusal()).isEqualTo(Refusal.DEADLINE);
    assertThat(failed.message())
        .isEqualTo("the text was not finished within limits.max_time_ms (50)");
    harness.models.goOn();
  }

  @ParameterizedTest
  @EnumSource
  void aModelIsWarmBeforeItIsServed(AttentionMode attention) {
    var models = new FakeModels(attention);
    models.pause();
    var harness = new Harness(kit, models, Harness.warm(Harness.SETTINGS));
    models.awaitPaused();
    assertThat(harness.await(ServingPhase.Loading.class)).isNotNull();
    harness.models.goOn();
    harness.await(ServingPhase.Ready.class);
    // 32 and the context of 64, each alone.
    assertThat(harness.models.batches).containsExactly(1, 1);
    assertThat(harness.models.cached).isEmpty();
    harness.ask(Harness.request(8, 1)).finished();
  }

  @Test
  void aModelThatFailsItsWarmUpIsFreedAndLoadedAgain() {
    var models = new FakeModels(AttentionMode.BIDIRECTIONAL);
    models.failNextForward(new IllegalStateException("out of memory"));
    var harness = new Harness(kit, models, Harness.warm(Harness.SETTINGS));
    harness.await(ServingPhase.Ready.class);
    assertThat(models.loads).hasValue(2);
    assertThat(models.open).hasValue(1);
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
