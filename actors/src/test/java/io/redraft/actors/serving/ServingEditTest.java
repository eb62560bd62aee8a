package io.redraft.actors.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.actors.serving.GenerationEvent.EditRefused;
import io.redraft.actors.serving.GenerationEvent.Edited;
import io.redraft.actors.serving.GenerationEvent.Refusal;
import io.redraft.actors.serving.GenerationEvent.Settled;
import io.redraft.model.decode.CanvasEdit;
import io.redraft.model.nn.AttentionMode;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.pekko.actor.testkit.typed.annotations.JUnit5TestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestKitJUnit5Extension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TestKitJUnit5Extension.class)
class ServingEditTest {
  @JUnit5TestKit public ActorTestKit kit = ActorTestKit.create();

  private Harness ready(AttentionMode attention, ServingSettings settings) {
    var harness = new Harness(kit, new FakeModels(attention), settings);
    harness.await(ServingPhase.Ready.class);
    return harness;
  }

  private Harness ready() {
    return ready(AttentionMode.BIDIRECTIONAL, Harness.SETTINGS);
  }

  private static GenerationSession.Edit replace(long id, int from, int... tokens) {
    var edit = new CanvasEdit.Replace(from, tokens.length, tokens);
    return new GenerationSession.Edit(id, OptionalLong.empty(), edit);
  }

  @Test
  void anEditIsAnsweredWhileAForwardIsInFlightWhoseResultDoesNotOverwriteIt() {
    var harness = ready();
    harness.models.pause();
    var client = harness.ask(Harness.request(8, 1), Edits.UNTIL_FINISHED);
    harness.models.awaitPaused();
    client.tell(replace(5, 4, 21, 22, 23));
    assertThat(client.await(Edited.class).id()).isEqualTo(5);
    harness.models.goOn();
    assertThat(client.finished().tokens().subList(4, 7)).containsExactly(21, 22, 23);
  }

  @Test
  void editsThatComeBeforeThereIsAPlaceWaitForIt() {
    var harness = ready(AttentionMode.BIDIRECTIONAL, Harness.settings(1, 1, Duration.ZERO));
    harness.models.pause();
    var first = harness.ask(Harness.request(8, 1));
    var second = harness.ask(Harness.request(8, 2), Edits.UNTIL_FINISHED);
    second.tell(replace(1, 3, 21));
    second.tell(replace(2, 4, 22));
    harness.models.goOn();
    first.finished();
    var events = second.toTheEnd();
    assertThat(events.get(0)).isInstanceOf(GenerationEvent.Committed.class);
    assertThat(events.get(1))
        .isInstanceOfSatisfying(Edited.class, e -> assertThat(e.id()).isEqualTo(1));
    assertThat(events.get(2))
        .isInstanceOfSatisfying(Edited.class, e -> assertThat(e.id()).isEqualTo(2));
  }

  @Test
  void aSettledTextHoldsNobodyUpAndGoesOnWhenItIsReopened() {
    var harness = ready();
    var open = harness.ask(Harness.request(6, 1), Edits.KEPT_OPEN);
    open.await(Settled.class);
    harness.ask(Harness.request(6, 2)).finished();

    var reopen = new CanvasEdit.Reopen(3, 2);
    open.tell(new GenerationSession.Edit(1, OptionalLong.empty(), reopen));
    var edited = open.await(Edited.class);
    assertThat(edited.reopened()).isNotEmpty();
    assertThat(open.await(Settled.class).step()).isGreaterThan(edited.step());
    open.tell(new GenerationSession.EndEdits());
    open.finished();
  }

  @Test
  void aSettledTextThatNobodyEditsIsFinishedAsItStands() {
    var harness = ready(AttentionMode.BIDIRECTIONAL, Harness.waitingForEdits(Duration.ofMillis(1)));
    var open = harness.ask(Harness.request(6, 1), Edits.KEPT_OPEN);
    assertThat(open.finished().tokens())
        .isEqualTo(harness.ask(Harness.request(6, 1)).finished().tokens());
  }

  @Test
  void aDeadlineEndsASettledText() {
    var harness = ready();
    var soon = Instant.now().plusMillis(300);
    var open = harness.ask(Harness.request(6, 1, Optional.of(soon)), Edits.KEPT_OPEN);
    assertThat(open.failed().refusal()).isEqualTo(Refusal.DEADLINE);
  }

  @Test
  void aServerThatStopsFinishesASettledText() {
    var harness = ready();
    var open = harness.ask(Harness.request(6, 1), Edits.KEPT_OPEN);
    open.await(Settled.class);
    var drained = harness.drain();
    open.finished();
    drained.receiveMessage();
  }

  @Test
  void aTextThatWasNotOpenedForEditsTakesNone() {
    var harness = ready();
    harness.models.pause();
    var client = harness.ask(Harness.request(6, 1));
    client.tell(replace(1, 3, 21));
    assertThat(client.await(EditRefused.class).message()).contains("allowed: none");
    harness.models.goOn();
    client.finished();
  }

  @Test
  void aCausalModelRefusesEditsAndWritesOn() {
    var harness = ready(AttentionMode.CAUSAL, Harness.SETTINGS);
    harness.models.pause();
    var client = harness.ask(Harness.request(6, 1), Edits.UNTIL_FINISHED);
    client.tell(replace(1, 3, 21));
    assertThat(client.await(EditRefused.class).message()).contains("left to right");
    harness.models.goOn();
    client.finished();
  }
}
