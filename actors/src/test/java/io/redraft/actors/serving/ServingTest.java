package io.redraft.actors.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.nn.AttentionMode;
import org.apache.pekko.actor.testkit.typed.annotations.JUnit5TestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestKitJUnit5Extension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TestKitJUnit5Extension.class)
class ServingTest {
  @JUnit5TestKit public ActorTestKit kit = ActorTestKit.create();

  private Harness ready(FakeModels models, ServingSettings settings) {
    var harness = new Harness(kit, models, settings);
    harness.await(ServingPhase.Ready.class);
    return harness;
  }

  @Test
  void pinsTheGivenTextFirstAndEndsWithTheWholeText() {
    var harness = ready(new FakeModels(AttentionMode.BIDIRECTIONAL), Harness.SETTINGS);
    var events = harness.ask(Harness.request(8, 7)).toTheEnd();
    assertThat(events.get(0))
        .isInstanceOfSatisfying(
            GenerationEvent.Committed.class,
            pinned -> {
              assertThat(pinned.pinned()).isTrue();
              assertThat(pinned.slots())
                  .extracting(GenerationEvent.Slot::token)
                  .contains(11, 12, 13);
            });
    assertThat(events.get(events.size() - 1))
        .isInstanceOfSatisfying(
            GenerationEvent.Finished.class,
            end -> assertThat(end.tokens()).containsSequence(11, 12, 13));
  }

  @Test
  void aCausalModelWritesFromLeftToRight() {
    var harness = ready(new FakeModels(AttentionMode.CAUSAL), Harness.SETTINGS);
    var end = harness.ask(Harness.request(8, 7)).finished();
    assertThat(end.tokens()).containsSequence(11, 12, 13);
    assertThat(end.forwards()).isBetween(1, 8);
  }
}
