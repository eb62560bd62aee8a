package io.redraft.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.actors.serving.GenerationEvent;
import io.redraft.actors.serving.GenerationEvent.Committed;
import io.redraft.actors.serving.GenerationEvent.Failed;
import io.redraft.actors.serving.GenerationEvent.Finished;
import io.redraft.actors.serving.GenerationEvent.Reopened;
import io.redraft.actors.serving.GenerationEvent.Slot;
import io.redraft.model.decode.Splice;
import io.redraft.proto.v1.Edit;
import io.redraft.server.watch.Canvas;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EventWriterTest {
  /** As SentencePiece does: the space that it put before a text is not part of the text. */
  private static final class SpacedTokenizer extends ByteTokenizer {
    @Override
    public String decode(int[] tokens) {
      String text = super.decode(tokens);
      return text.startsWith(" ") ? text.substring(1) : text;
    }
  }

  @Test
  void piecesAddUpToTheTextOfATokenizerThatAddsASpace() {
    var writer = new EventWriter(new SpacedTokenizer(), AlphabetModel.NETWORK);
    List<Integer> tokens = List.of((int) ' ', (int) 'a', (int) ' ', (int) 'b');
    Canvas canvas = new Canvas();
    for (int position = 0; position < tokens.size(); position++) {
      var slot = new Slot(position, tokens.get(position), 1);
      canvas.apply(writer.write(new Committed(position + 1, 1, 4, List.of(slot), false)));
    }
    var end =
        new Finished(5, GenerationEvent.Reason.LENGTH, tokens, 0, 4, 1, 1, 0, Optional.empty());
    assertThat(canvas.decided().toStringUtf8())
        .isEqualTo(writer.write(end).getFinal().getText())
        .isEqualTo("a b");
  }

  @Test
  void aTextThatReallyBeginsWithASpaceKeepsIt() {
    var writer = new EventWriter(new ByteTokenizer(), AlphabetModel.NETWORK);
    var event = writer.write(new Committed(1, 1, 1, List.of(new Slot(0, ' ', 1)), false));
    assertThat(event.getCommit().getSlots(0).getPiece().toStringUtf8()).isEqualTo(" ");
  }

  @Test
  void reopenedPositionsAreAnEditByThePolicy() {
    var writer = new EventWriter(new ByteTokenizer(), AlphabetModel.NETWORK);
    var edit = writer.write(new Reopened(4, 2, List.of(3, 5))).getEdit();
    assertThat(edit.getOrigin()).isEqualTo(Edit.Origin.ORIGIN_POLICY);
    assertThat(edit.getReopenedList()).containsExactly(3, 5);
  }

  @Test
  void aTokenThatAnEditMovesToTheStartOfTheTextLosesItsAddedSpace() {
    var writer = new EventWriter(new SpacedTokenizer(), AlphabetModel.NETWORK);
    Canvas canvas = new Canvas();
    var slots = List.of(new Slot(0, 'a', 1), new Slot(1, ' ', 1), new Slot(2, 'b', 1));
    canvas.apply(writer.write(new Committed(1, 1, 3, slots, false)));
    var again = List.of(new Slot(0, ' ', 0));
    var edited =
        new GenerationEvent.Edited(2, 1, 1, 2, new Splice(0, 1, 0), List.of(), again, List.of());
    var written = writer.write(edited);
    canvas.apply(written);
    assertThat(written.getEditAccepted().getEdit().getOrigin())
        .isEqualTo(Edit.Origin.ORIGIN_CLIENT);
    assertThat(canvas.decided().toStringUtf8())
        .isEqualTo(new SpacedTokenizer().decode(new int[] {' ', 'b'}));
  }

  @Test
  void aFailureIsAStatusAndNoEvent() {
    var writer = new EventWriter(new ByteTokenizer(), AlphabetModel.NETWORK);
    var failed = new Failed(1, GenerationEvent.Refusal.INTERNAL, "", "a secret");
    assertThatThrownBy(() -> writer.write(failed)).isInstanceOf(IllegalArgumentException.class);
    assertThat(StatusTable.of(failed).getStatus().getDescription()).doesNotContain("secret");
  }
}
