package io.redraft.server.grpc;

import com.google.protobuf.ByteString;
import io.redraft.actors.serving.GenerationEvent;
import io.redraft.actors.serving.GenerationEvent.CaughtUp;
import io.redraft.actors.serving.GenerationEvent.Committed;
import io.redraft.actors.serving.GenerationEvent.Drafted;
import io.redraft.actors.serving.GenerationEvent.EditRefused;
import io.redraft.actors.serving.GenerationEvent.Edited;
import io.redraft.actors.serving.GenerationEvent.Finished;
import io.redraft.actors.serving.GenerationEvent.Opened;
import io.redraft.actors.serving.GenerationEvent.Reopened;
import io.redraft.actors.serving.GenerationEvent.Repaired;
import io.redraft.actors.serving.GenerationEvent.Settled;
import io.redraft.model.decode.Verified;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.text.Tokenizer;
import io.redraft.proto.v1.Commit;
import io.redraft.proto.v1.Draft;
import io.redraft.proto.v1.Edit;
import io.redraft.proto.v1.EditAccepted;
import io.redraft.proto.v1.Final;
import io.redraft.proto.v1.FinishReason;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.Repair;
import io.redraft.proto.v1.Slot;
import io.redraft.proto.v1.Usage;
import io.redraft.proto.v1.Verification;
import java.util.List;

/**
 * Events as the API tells them: token ids become bytes and text. A pure function of the event and
 * the tokenizer.
 */
public final class EventWriter {
  private final Tokenizer tokenizer;
  private final int textStart;

  /** A writer for the tokens of a network of this shape. */
  public EventWriter(Tokenizer tokenizer, NetworkConfig network) {
    this.tokenizer = tokenizer;
    boolean begins = network.attention() == AttentionMode.CAUSAL && network.beginToken() >= 0;
    this.textStart = begins ? 1 : 0;
  }

  /** The API's form of an event; a failure has none, since it is the stream's status. */
  public GenerateEvent write(GenerationEvent event) {
    GenerateEvent.Builder written = GenerateEvent.newBuilder().setNumber(event.number());
    if (event instanceof Drafted draft) {
      written.setDraft(
          Draft.newBuilder()
              .setStep(draft.step())
              .setCanvasLength(draft.canvasLength())
              .addAllSlots(slots(draft.slots())));
    } else if (event instanceof Committed commit) {
      written.setCommit(
          Commit.newBuilder()
              .setStep(commit.step())
              .setCanvasLength(commit.canvasLength())
              .addAllSlots(slots(commit.slots()))
              .setPinned(commit.pinned()));
    } else if (event instanceof Reopened reopened) {
      written.setEdit(
          Edit.newBuilder()
              .setStep(reopened.step())
              .setOrigin(Edit.Origin.ORIGIN_POLICY)
              .addAllReopened(reopened.positions()));
    } else if (event instanceof Repaired repaired) {
      written.setRepair(
          Repair.newBuilder()
              .setStep(repaired.step())
              .addAllBefore(slots(repaired.before()))
              .addAllAfter(slots(repaired.after()))
              .setScoreBefore(repaired.scoreBefore())
              .setScoreAfter(repaired.scoreAfter()));
    } else if (event instanceof Edited edited) {
      written.setEditAccepted(accepted(edited));
    } else if (event instanceof EditRefused refused) {
      written.setEditRefused(
          io.redraft.proto.v1.EditRefused.newBuilder()
              .setId(refused.id())
              .setField(refused.field())
              .setMessage(refused.message()));
    } else if (event instanceof Settled settled) {
      written.setSettled(
          io.redraft.proto.v1.Settled.newBuilder()
              .setStep(settled.step())
              .setTextLength(settled.textLength()));
    } else if (event instanceof CaughtUp caught) {
      written.setEdit(
          Edit.newBuilder()
              .setStep(caught.step())
              .setOrigin(Edit.Origin.ORIGIN_RESUME)
              .addAllReopened(caught.reopened())
              .addAllChanged(slots(caught.changed())));
    } else if (event instanceof Opened opened) {
      written.setOpened(
          io.redraft.proto.v1.Opened.newBuilder()
              .setStreamId(opened.stream())
              .setResumeWindowMs((int) opened.window().toMillis()));
    } else if (event instanceof Finished end) {
      written.setFinal(finish(end));
    } else {
      throw new IllegalArgumentException("no event of the API: " + event);
    }
    return written.build();
  }

  private EditAccepted accepted(Edited edited) {
    EditAccepted.Builder accepted =
        EditAccepted.newBuilder()
            .setId(edited.id())
            .setCanvasLength(edited.canvasLength())
            .setEdit(
                Edit.newBuilder()
                    .setStep(edited.step())
                    .setOrigin(Edit.Origin.ORIGIN_CLIENT)
                    .addAllReopened(edited.reopened())
                    .addAllChanged(slots(edited.changed())))
            .addAllPinned(edited.pinned());
    var splice = edited.splice();
    if (splice.changes()) {
      accepted.setSplice(
          EditAccepted.Splice.newBuilder()
              .setAt(splice.at())
              .setRemoved(splice.removed())
              .setInserted(splice.inserted()));
    }
    return accepted.build();
  }

  private List<Slot> slots(List<GenerationEvent.Slot> slots) {
    return slots.stream().map(this::slot).toList();
  }

  private Slot slot(GenerationEvent.Slot slot) {
    ByteString piece = ByteString.copyFrom(tokenizer.piece(slot.token()));
    if (slot.position() == textStart) {
      piece = withoutAddedSpace(slot.token(), piece);
    }
    return Slot.newBuilder()
        .setPosition(slot.position())
        .setToken(slot.token())
        .setPiece(piece)
        .setConfidence(slot.confidence())
        .build();
  }

  /**
   * Some tokenizers put a space before a text and take it away again when they decode it. Pieces
   * must add up to the decoded text, so the first one goes without.
   */
  private ByteString withoutAddedSpace(int token, ByteString piece) {
    if (piece.isEmpty() || piece.byteAt(0) != ' ') {
      return piece;
    }
    ByteString alone = ByteString.copyFromUtf8(tokenizer.decode(new int[] {token}));
    return alone.equals(piece.substring(1)) ? alone : piece;
  }

  private Final finish(Finished end) {
    int[] tokens = end.tokens().stream().mapToInt(Integer::intValue).toArray();
    FinishReason reason =
        switch (end.reason()) {
          case END_OF_TEXT -> FinishReason.FINISH_REASON_END_OF_TEXT;
          case LENGTH -> FinishReason.FINISH_REASON_LENGTH;
        };
    double each = end.forwards() == 0 ? 0 : (double) end.generatedTokens() / end.forwards();
    Final.Builder written =
        Final.newBuilder()
            .setReason(reason)
            .setText(tokenizer.decode(tokens))
            .setUsage(
                Usage.newBuilder()
                    .setPromptTokens(end.promptTokens())
                    .setGeneratedTokens(end.generatedTokens())
                    .setSteps(end.steps())
                    .setForwards(end.forwards())
                    .setTokensPerForward(each))
            .setSeed(end.seed());
    end.verified().ifPresent(verified -> written.setVerification(verification(verified)));
    return written.build();
  }

  private static Verification verification(Verified verified) {
    return Verification.newBuilder()
        .setVerdict(
            switch (verified.verdict()) {
              case VERIFIED -> Verification.Verdict.VERDICT_VERIFIED;
              case UNAVAILABLE -> Verification.Verdict.VERDICT_UNAVAILABLE;
              case LATE -> Verification.Verdict.VERDICT_LATE;
            })
        .setForwards(verified.checks())
        .setDraftedTokens(verified.drafted())
        .setAcceptedTokens(verified.accepted())
        .setSpansScored(verified.scored())
        .setSpansRepaired(verified.repaired())
        .setTokensChanged(verified.changed())
        .build();
  }
}
