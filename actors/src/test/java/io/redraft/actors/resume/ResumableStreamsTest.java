package io.redraft.actors.resume;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.actors.serving.Admission;
import io.redraft.actors.serving.EventBytes;
import io.redraft.actors.serving.GenerationEvent;
import io.redraft.actors.serving.GenerationEvent.Committed;
import io.redraft.actors.serving.GenerationEvent.Drafted;
import io.redraft.actors.serving.GenerationEvent.Failed;
import io.redraft.actors.serving.GenerationEvent.Finished;
import io.redraft.actors.serving.GenerationEvent.Opened;
import io.redraft.actors.serving.GenerationEvent.Refusal;
import io.redraft.actors.serving.GenerationEvent.Slot;
import io.redraft.actors.serving.GenerationRequest;
import io.redraft.actors.serving.GenerationSession;
import io.redraft.actors.serving.GenerationSession.Taken;
import io.redraft.actors.serving.ModelInfo;
import io.redraft.actors.serving.Serving;
import io.redraft.actors.serving.StreamSettings;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.FakeDenoiser;
import io.redraft.model.decode.Segment;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Streams between a session and clients that are probes; time passes when a test says so. */
class ResumableStreamsTest {
  private static final Duration WINDOW = Duration.ofSeconds(30);
  private static final int LENGTH = 10;

  private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
  private final ManualTime time = ManualTime.get(kit.system());
  private final TestProbe<Serving.Command> serving = kit.createTestProbe();
  private final ActorRef<ResumableStreams.Command> streams = streams(WINDOW, 4 * LENGTH);

  private ActorRef<ResumableStreams.Command> streams(Duration window, int tokens) {
    return kit.spawn(
        ResumableStreams.create(
            serving.ref(),
            new StreamSettings(1 << 20, window, tokens),
            () -> Instant.EPOCH,
            new SecureRandom()));
  }

  @AfterEach
  void end() {
    kit.shutdownTestKit();
  }

  /** A session that does what the test says. */
  private final class Text {
    final TestProbe<GenerationSession.Command> session = kit.createTestProbe();
    final Client first = new Client();
    final ActorRef<GenerationEvent> subscriber;
    final String id;

    Text(Optional<Duration> window) {
      streams.tell(
          new ResumableStreams.Open(
              request(Optional.empty()), window, first.events.ref(), first.answers.ref()));
      var asked = serving.expectMessageClass(Serving.Generate.class);
      subscriber = asked.subscriber();
      asked
          .replyTo()
          .tell(
              new Admission.Admitted(
                  session.ref(), new ModelInfo("fake", FakeDenoiser.CONFIG, "float32")));
      first.admitted();
      id = first.events.expectMessageClass(Opened.class).stream();
    }

    Text() {
      this(Optional.empty());
    }

    GenerationEvent tell(GenerationEvent event) {
      subscriber.tell(event);
      return event;
    }

    Client resume(long after) {
      var client = new Client();
      streams.tell(
          new ResumableStreams.Resume(id, after, client.events.ref(), client.answers.ref()));
      return client;
    }

    /** Waits until the news of a client's end have come: what is told then nobody else takes. */
    void breakOff(Client client, long number) {
      client.events.stop();
      long bytes = EventBytes.of(tell(draft(number)));
      long taken = 0;
      while (taken < bytes) {
        taken += session.expectMessageClass(Taken.class).bytes();
      }
    }
  }

  private final class Client {
    final TestProbe<GenerationEvent> events = kit.createTestProbe();
    final TestProbe<Admission> answers = kit.createTestProbe();

    Admission.Admitted admitted() {
      return answers.expectMessageClass(Admission.Admitted.class);
    }

    Admission.Refused refused() {
      return answers.expectMessageClass(Admission.Refused.class);
    }
  }

  private static GenerationRequest request(Optional<Instant> deadline) {
    return new GenerationRequest(
        "",
        List.of(new Segment.Masked(LENGTH)),
        DecodeOptions.DEFAULTS,
        1,
        Optional.empty(),
        deadline);
  }

  private static Committed commit(long number) {
    return new Committed(
        number, (int) number, LENGTH, List.of(new Slot((int) number, 7, 0.5f)), false);
  }

  private static Drafted draft(long number) {
    return new Drafted(number, (int) number, LENGTH, List.of());
  }

  private static Finished finished(long number) {
    return new Finished(
        number, GenerationEvent.Reason.LENGTH, List.of(7), 0, 1, 1, 1, 1, Optional.empty());
  }

  @Test
  void aClientThatComesBackIsToldWhatItMissedAndThenWhatComes() {
    var text = new Text();
    text.first.events.expectMessage(text.tell(commit(1)));
    text.breakOff(text.first, 2);
    text.tell(commit(3));
    var second = text.resume(1);
    second.admitted();
    second.events.expectMessage(commit(3));
    second.events.expectMessage(text.tell(draft(4)));
    second.events.expectMessage(text.tell(finished(5)));
  }

  @Test
  void withoutAClientForTheWindowTheSessionLosesItsSubscriberAndTheNameIsUnknown() {
    var text = new Text();
    text.breakOff(text.first, 1);
    time.timePasses(WINDOW.minusMillis(1));
    text.resume(0).events.stop(); // it was there: the window begins anew
    text.tell(draft(2));
    text.session.expectMessageClass(Taken.class);
    time.timePasses(WINDOW.minusMillis(1));
    var back = text.resume(1);
    back.admitted();
    text.breakOff(back, 3);
    time.timePasses(WINDOW);
    text.session.expectTerminated(text.subscriber);
    var late = text.resume(0).refused();
    assertThat(late.refusal()).isEqualTo(Refusal.NOT_FOUND);
    assertThat(late.field()).isEqualTo("stream_id");
    assertThat(late.message()).doesNotContain(text.id);
  }

  @Test
  void aRequestMayAskForAShorterWindowThanTheServersButNotForALongerOne() {
    var text = new Text(Optional.of(Duration.ofSeconds(1)));
    text.breakOff(text.first, 1);
    time.timePasses(Duration.ofSeconds(1));
    text.session.expectTerminated(text.subscriber);
    var longer = new Text(Optional.of(WINDOW.multipliedBy(2)));
    longer.breakOff(longer.first, 1);
    time.timePasses(WINDOW);
    longer.session.expectTerminated(longer.subscriber);
  }

  @Test
  void aTextThatHasEndedIsKeptForTheWindowAfterItsClient() {
    var text = new Text();
    text.first.events.expectMessage(text.tell(finished(1)));
    time.timePasses(WINDOW.multipliedBy(2)); // its client is slow, and still there
    var again = text.resume(0);
    again.admitted();
    again.events.expectMessage(finished(1));
    again.events.stop();
    var seen = text.resume(1);
    seen.admitted();
    seen.events.expectMessage(finished(1)); // a stream ends in any case
  }

  @Test
  void whoResumesAStreamThatHasAClientTakesItOver() {
    var text = new Text();
    text.first.events.expectMessage(text.tell(commit(1)));
    var second = text.resume(0);
    second.admitted();
    var told = text.first.events.expectMessageClass(Failed.class);
    assertThat(told.refusal()).isEqualTo(Refusal.TAKEN_OVER);
    assertThat(told.field()).isEqualTo("stream_id");
    second.events.expectMessage(commit(1));
    text.first.events.stop(); // its end is not the second client's
    second.events.expectMessage(text.tell(commit(2)));
    time.timePasses(WINDOW);
    second.events.expectMessage(text.tell(commit(3)));
  }

  @Test
  void aNumberThatWasNotToldIsRefusedAndTheClientStays() {
    var text = new Text();
    text.first.events.expectMessage(text.tell(commit(1)));
    var refused = text.resume(2).refused();
    assertThat(refused.refusal()).isEqualTo(Refusal.INVALID);
    assertThat(refused.message()).isEqualTo("after is 2; allowed: 0 to 1");
    text.first.events.expectMessage(text.tell(commit(2)));
  }

  @Test
  void theSessionIsHeldBackByItsClientOnlyAndNotByWhatIsToldAgain() {
    var text = new Text();
    long size = EventBytes.of(text.tell(commit(1)));
    text.first.events.expectMessage(commit(1));
    text.session.expectNoMessage();
    text.first.events.stop(); // what it has not taken is in the log
    assertThat(text.session.expectMessageClass(Taken.class).bytes()).isEqualTo(size);

    var second = text.resume(0);
    var stream = second.admitted().session();
    second.events.expectMessage(commit(1));
    second.events.expectMessage(text.tell(commit(2)));
    stream.tell(new Taken(second.events.ref(), size)); // of what was told again
    stream.tell(new Taken(text.first.events.ref(), size)); // of a client that is gone
    stream.tell(new Taken(second.events.ref(), size - 1));
    assertThat(text.session.expectMessageClass(Taken.class).bytes()).isEqualTo(size - 1);
  }

  @Test
  void aClientWhoseStreamFailsIsToldSoAndItsSessionEnds() {
    var text = new Text();
    // No text of a resumable stream is edited, so that its log takes no answer to an edit.
    text.subscriber.tell(new GenerationEvent.EditRefused(1, 1, "base", "allowed: none"));
    var failed = text.first.events.expectMessageClass(Failed.class);
    assertThat(failed.refusal()).isEqualTo(Refusal.UNAVAILABLE);
    text.session.expectTerminated(text.subscriber);
  }

  @Test
  void whoStillWaitsForAnAnswerIsRefusedWhenAllStreamsEnd() {
    var client = new Client();
    streams.tell(
        new ResumableStreams.Open(
            request(Optional.empty()),
            Optional.empty(),
            client.events.ref(),
            client.answers.ref()));
    serving.expectMessageClass(Serving.Generate.class);
    kit.stop(streams);
    assertThat(client.refused().refusal()).isEqualTo(Refusal.UNAVAILABLE);
  }

  @Test
  void endedTextsThatAreTooMuchTogetherAreForgottenTheOldestFirst() {
    var texts = List.of(new Text(), new Text(), new Text(), new Text(), new Text());
    for (var text : texts) {
      text.tell(draft(1));
      text.tell(finished(2)); // 10 tokens each, 40 are kept
      text.first.events.expectMessage(draft(1));
      text.first.events.expectMessage(finished(2));
    }
    texts.get(4).resume(0).admitted(); // all has been heard of by now
    texts.get(0).session.expectTerminated(texts.get(0).subscriber);
    assertThat(texts.get(0).resume(0).refused().refusal()).isEqualTo(Refusal.NOT_FOUND);
    texts.subList(1, 5).forEach(text -> text.resume(0).admitted());
  }

  @Test
  void namesAre128BitsAndEachIsAnother() {
    var first = new Text();
    assertThat(first.id).matches("[0-9a-f]{32}").isNotEqualTo(new Text().id);
    assertThat(new Opened(0, first.id, WINDOW).toString()).doesNotContain(first.id);
  }

  @Test
  void whatServingRefusesIsPassedOn() {
    var client = new Client();
    streams.tell(
        new ResumableStreams.Open(
            request(Optional.empty()),
            Optional.empty(),
            client.events.ref(),
            client.answers.ref()));
    var full = new Admission.Refused(Refusal.OVERLOADED, "", "full", Duration.ofSeconds(1));
    serving.expectMessageClass(Serving.Generate.class).replyTo().tell(full);
    client.answers.expectMessage(full);
  }

  @Test
  void aDeadlineThatHasPassedAndAServerThatKeepsNothingAreRefused() {
    var late = new Client();
    streams.tell(
        new ResumableStreams.Open(
            request(Optional.of(Instant.EPOCH)),
            Optional.empty(),
            late.events.ref(),
            late.answers.ref()));
    assertThat(late.refused().refusal()).isEqualTo(Refusal.DEADLINE);

    var none = new Client();
    streams(Duration.ZERO, 10)
        .tell(
            new ResumableStreams.Open(
                request(Optional.empty()),
                Optional.empty(),
                none.events.ref(),
                none.answers.ref()));
    assertThat(none.refused().field()).isEqualTo("resumable");
  }
}
