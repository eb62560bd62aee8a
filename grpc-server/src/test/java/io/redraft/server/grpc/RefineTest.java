package io.redraft.server.grpc;

import static io.redraft.server.grpc.RefineClient.extend;
import static io.redraft.server.grpc.RefineClient.pin;
import static io.redraft.server.grpc.RefineClient.reopen;
import static io.redraft.server.grpc.RefineClient.replace;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.redraft.proto.v1.ClientEdit;
import io.redraft.proto.v1.Edit;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.RefineRequest;
import io.redraft.server.watch.Cell;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Live editing as a client has it: over a real port; one token is a byte, "abc…" is written. */
@Timeout(60)
class RefineTest {
  @Test
  void aPinWhileTheTextIsWrittenSurvivesAndTheTextEndsByItself() throws Exception {
    var model = new AlphabetModel(new Semaphore(1));
    try (var node = new Node(model)) {
      var client = new RefineClient(node).start("xy", 6, false);
      client.await(event -> event.hasCommit() && !event.getCommit().getPinned());
      client.edit(pin(1, 2, 1)); // the first position is what the model is surest of
      var answer = client.await(GenerateEvent::hasEditAccepted).getEditAccepted();
      assertThat(answer.getId()).isEqualTo(1);
      assertThat(answer.getPinnedList()).containsExactly(2);
      assertThat(answer.getEdit().getOrigin()).isEqualTo(Edit.Origin.ORIGIN_CLIENT);
      assertThat(answer.getEdit().getStep()).isEqualTo(1);
      model.release(100);
      assertThat(client.await(GenerateEvent::hasFinal).getFinal().getText()).isEqualTo("xycdefgh");
      assertThat(client.canvas.cells().get(2).state()).isEqualTo(Cell.State.PINNED);
      assertThat(client.end()).isNull();
    }
  }

  @Test
  void aReplacementDuringAForwardIsNotOverwrittenByItAndFoldsToTheFinalText() throws Exception {
    var model = new AlphabetModel(new Semaphore(1));
    try (var node = new Node(model)) {
      var client = new RefineClient(node).start("xy", 6, false);
      client.await(event -> event.hasCommit() && !event.getCommit().getPinned());
      client.edit(replace(1, 3, 2, "HELLO"));
      var answer = client.await(GenerateEvent::hasEditAccepted).getEditAccepted();
      assertThat(answer.getCanvasLength()).isEqualTo(11);
      assertThat(answer.getSplice())
          .isEqualTo(
              io.redraft.proto.v1.EditAccepted.Splice.newBuilder()
                  .setAt(3)
                  .setRemoved(2)
                  .setInserted(5)
                  .build());
      model.release(100);
      String text = client.await(GenerateEvent::hasFinal).getFinal().getText();
      assertThat(text).startsWith("xycHELLO").hasSize(11);
      assertThat(client.canvas.decided().toStringUtf8()).isEqualTo(text);
    }
  }

  @Test
  void aTextThatIsKeptOpenIsReopenedExtendedAndFinishedByTheHalfClose() throws Exception {
    try (var node = new Node(new AlphabetModel())) {
      var client = new RefineClient(node).start("xy", 4, true);
      assertThat(client.await(GenerateEvent::hasSettled).getSettled().getTextLength()).isEqualTo(6);

      client.edit(reopen(1, 0, 2)); // the given text is written anew, by the model now
      var reopened = client.await(GenerateEvent::hasEditAccepted).getEditAccepted();
      assertThat(reopened.getEdit().getReopenedList()).containsExactly(0, 1);
      client.await(GenerateEvent::hasSettled);
      assertThat(client.canvas.decided().toStringUtf8()).isEqualTo("abcdef");

      client.edit(extend(2, 3));
      client.await(GenerateEvent::hasSettled);
      assertThat(client.canvas.decided().toStringUtf8()).isEqualTo("abcdefghi");

      client.edit(replace(3, 1, 3, "")); // "bcd" goes
      client.await(GenerateEvent::hasSettled);
      client.call.onCompleted();
      var end = client.await(GenerateEvent::hasFinal).getFinal();
      assertThat(end.getText()).isEqualTo("aefghi");
      assertThat(client.canvas.decided().toStringUtf8()).isEqualTo("aefghi");
      assertThat(client.end()).isNull();
    }
  }

  @Test
  void aRefusedEditNamesWhatIsAllowedAndTheStreamGoesOn() throws Exception {
    try (var node = new Node(new AlphabetModel())) {
      var client = new RefineClient(node).start("xy", 4, true);
      client.await(GenerateEvent::hasSettled);
      assertRefused(client, pin(11, 5, 2), "pin", "pin is 2 token(s) from position 5");
      assertRefused(client, reopen(12, 0, 0), "reopen", "1 or more within positions 0 to 5");
      assertRefused(client, reopen(13, 0, -1), "length", "length is 4294967295");
      assertRefused(client, extend(14, 600), "extend", "extend is 600; allowed: 1 to 512");
      assertRefused(client, extend(15, 507), "length", "at most 512, the model's context");
      assertRefused(client, replace(16, 0, 0, ""), "replace", "neither a span nor a text");
      assertRefused(client, ClientEdit.newBuilder().setId(17), "edit", "pin, replace, reopen");
      assertRefused(client, pin(18, 0, 1).setBase(999), "base", "base is 999; allowed: 0 to");
      assertRefused(
          client,
          ClientEdit.newBuilder()
              .setId(19)
              .setReplace(
                  ClientEdit.Replace.newBuilder()
                      .setSpan(RefineClient.span(0, 1))
                      .setTokens(ClientEdit.Tokens.newBuilder().addIds(ByteTokenizer.MASK))),
          "replace",
          "token 256");
      client.edit(replace(20, 0, 2, "ok"));
      client.await(GenerateEvent::hasEditAccepted);
      client.call.onCompleted();
      assertThat(client.await(GenerateEvent::hasFinal).getFinal().getText()).isEqualTo("okcdef");
    }
  }

  @Test
  void anEditForWhatTheClientHasSeenIsMovedWithIt() throws Exception {
    try (var node = new Node(new AlphabetModel())) {
      var client = new RefineClient(node).start("xy", 4, true);
      client.await(GenerateEvent::hasSettled);
      long seen = client.number;
      client.edit(replace(1, 0, 0, "12").setBase(seen));
      client.edit(replace(2, 2, 1, "C").setBase(seen)); // "c" was at 2 and is at 4 now
      client.edit(replace(3, 1, 2, "-").setBase(seen)); // "yc" then, "yC" now
      client.await(event -> event.getEditAccepted().getId() == 2);
      client.call.onCompleted();
      var text = client.await(GenerateEvent::hasFinal).getFinal().getText();
      assertThat(text).isEqualTo("12x-def");
    }
  }

  @Test
  void aClientThatLeavesASettledTextFreesItsPlace() throws Exception {
    try (var node = new Node(new AlphabetModel(), 1, 0)) {
      var client = new RefineClient(node).start("xy", 4, true);
      client.await(GenerateEvent::hasSettled);
      client.call.cancel("enough", null);
      assertThat(Status.fromThrowable(client.end()).getCode()).isEqualTo(Status.Code.CANCELLED);
      Throwable refused;
      do { // until the place is free; there is no other way to be told
        var next = new RefineClient(node).start("z", 1, false);
        refused = next.end();
      } while (refused != null);
    }
  }

  @Test
  void aDeadlineEndsASettledText() throws Exception {
    try (var node = new Node(new AlphabetModel())) {
      var late = io.grpc.Context.current();
      var timer = java.util.concurrent.Executors.newSingleThreadScheduledExecutor();
      try (var context = late.withDeadlineAfter(300, TimeUnit.MILLISECONDS, timer)) {
        var client = context.call(() -> new RefineClient(node).start("xy", 4, true));
        assertThat(Status.fromThrowable(client.end()).getCode())
            .isEqualTo(Status.Code.DEADLINE_EXCEEDED);
      } finally {
        timer.shutdownNow();
      }
    }
  }

  @Test
  void aServerThatDrainsFinishesTextsThatWaitForEdits() throws Exception {
    try (var node = new Node(new AlphabetModel())) {
      var client = new RefineClient(node).start("xy", 4, true);
      client.await(GenerateEvent::hasSettled);
      var drained =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return node.server.drain(Duration.ofSeconds(30));
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      assertThat(client.await(GenerateEvent::hasFinal).getFinal().getText()).isEqualTo("xycdef");
      assertThat(drained.get(30, TimeUnit.SECONDS)).as("nothing had to be cut").isTrue();
    }
  }

  @Test
  void aCallThatIsNotWhatRefineExpectsEndsWithTheField() throws Exception {
    try (var node = new Node(new AlphabetModel())) {
      var early = new RefineClient(node);
      early.edit(pin(1, 0, 1));
      assertInvalid(early, "start", "one in the first message");

      var silent = new RefineClient(node);
      silent.call.onCompleted();
      assertInvalid(silent, "start", "one in the first message");

      var twice = new RefineClient(node).start("x", 4, true).start("y", 4, true);
      assertInvalid(twice, "start", "given twice");

      var empty = new RefineClient(node).start("x", 4, true);
      empty.call.onNext(RefineRequest.getDefaultInstance());
      assertInvalid(empty, "edit", "one in every message but the first");

      assertInvalid(new RefineClient(node).start("x", 600, true), "length", "600 tokens");
    }
  }

  @Test
  void aClientThatEditsAndDoesNotReadIsHeldBack() throws Exception {
    try (var node = new Node(new AlphabetModel())) {
      var client = new RefineClient(node, false).start("x".repeat(400), 1, true);
      client.call.request(1);
      client.await(GenerateEvent::hasCommit); // it is connected, and reads nothing from here on
      int sent = 0;
      // Until the transport takes no more; each answer tells 400 tokens, which soon fill it.
      while (client.call.isReady() && sent < 20_000) {
        client.edit(replace(++sent, 0, 400, "y".repeat(400)));
      }
      assertThat(client.call.isReady()).as("held back after %d edits", sent).isFalse();
      client.call.request(Integer.MAX_VALUE);
      client.call.onCompleted();
      var end = client.await(GenerateEvent::hasFinal);
      assertThat(end.getFinal().getText()).startsWith("y".repeat(400));
      assertThat(client.events.stream().filter(GenerateEvent::hasEditAccepted)).hasSize(sent);
    }
  }

  private static void assertRefused(
      RefineClient client, ClientEdit.Builder edit, String field, String message)
      throws InterruptedException {
    client.edit(edit);
    var refused = client.await(GenerateEvent::hasEditRefused).getEditRefused();
    assertThat(refused.getId()).isEqualTo(edit.getId());
    assertThat(refused.getField()).isEqualTo(field);
    assertThat(refused.getMessage()).contains(message).doesNotContain("\n");
  }

  private static void assertInvalid(RefineClient client, String field, String message)
      throws Exception {
    var refused = (StatusRuntimeException) client.end();
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(refused.getStatus().getDescription()).contains(message);
    assertThat(List.of(StatusTable.field(refused))).containsExactly(field);
  }
}
