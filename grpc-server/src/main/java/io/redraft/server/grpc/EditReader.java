package io.redraft.server.grpc;

import static io.redraft.server.grpc.RequestReader.number;

import io.redraft.actors.serving.GenerationSession;
import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.CanvasEdit;
import io.redraft.model.text.Tokenizer;
import io.redraft.proto.v1.ClientEdit;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** From an edit of the API to one in the domain's terms. What cannot be read is answered, too. */
record EditReader(Tokenizer tokenizer) {
  /** What a session is told of an edit. */
  GenerationSession.Command read(ClientEdit edit) {
    var base = edit.hasBase() ? OptionalLong.of(edit.getBase()) : OptionalLong.empty();
    try {
      return new GenerationSession.Edit(edit.getId(), base, canvasEdit(edit));
    } catch (InvalidInputException wrong) {
      return new GenerationSession.UnreadableEdit(edit.getId(), wrong.field(), wrong.getMessage());
    }
  }

  private CanvasEdit canvasEdit(ClientEdit edit) {
    return switch (edit.getKindCase()) {
      case PIN -> {
        var span = edit.getPin().getSpan();
        yield new CanvasEdit.Pin(from(span), length(span));
      }
      case REPLACE -> {
        var span = edit.getReplace().getSpan();
        yield new CanvasEdit.Replace(from(span), length(span), tokens(edit.getReplace()));
      }
      case REOPEN -> {
        var span = edit.getReopen().getSpan();
        yield new CanvasEdit.Reopen(from(span), length(span));
      }
      case EXTEND -> {
        var extend = edit.getExtend();
        yield new CanvasEdit.Extend(
            extend.hasAt() ? OptionalInt.of(number("at", extend.getAt())) : OptionalInt.empty(),
            number("count", extend.getCount()));
      }
      case KIND_NOT_SET ->
          throw InvalidInputException.of("edit", "empty", "pin, replace, reopen or extend");
    };
  }

  private int[] tokens(ClientEdit.Replace replace) {
    return switch (replace.getContentCase()) {
      case TEXT -> tokenizer.encode(replace.getText());
      case TOKENS ->
          replace.getTokens().getIdsList().stream().mapToInt(id -> number("tokens", id)).toArray();
      case CONTENT_NOT_SET -> new int[0];
    };
  }

  private static int from(ClientEdit.Span span) {
    return number("from", span.getFrom());
  }

  private static int length(ClientEdit.Span span) {
    return number("length", span.getLength());
  }
}
