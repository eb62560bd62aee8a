package io.redraft.server.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.redraft.proto.v1.Commit;
import io.redraft.proto.v1.Final;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.Slot;
import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class FilmTest {
  @Test
  void everyStepIsAFrameAndTheLastIsTheWholeText() throws Exception {
    String svg =
        Film.of(
            List.of(
                commit(0, true, 0, "a<b "),
                commit(1, false, 2, "you"),
                commit(2, false, 1, "& "),
                GenerateEvent.newBuilder()
                    .setFinal(Final.newBuilder().setText("a<b & you"))
                    .build()));

    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(svg)));
    var frames = document.getElementsByTagName("g");
    assertThat(frames.getLength()).isEqualTo(3);
    assertThat(frames.item(0).getTextContent()).contains("a<b ░░").contains("step 0");
    assertThat(frames.item(1).getTextContent()).contains("a<b ░you");
    assertThat(frames.item(2).getTextContent()).contains("a<b & you").doesNotContain("░");
    assertThat(frames.item(2).getAttributes().getNamedItem("class").getNodeValue())
        .isEqualTo("last");
    assertThat(document.getElementsByTagName("title").item(0).getTextContent())
        .isEqualTo("a<b & you");
  }

  private static GenerateEvent commit(int step, boolean pinned, int position, String piece) {
    var slot = Slot.newBuilder().setPosition(position).setPiece(ByteString.copyFromUtf8(piece));
    return GenerateEvent.newBuilder()
        .setCommit(
            Commit.newBuilder().setStep(step).setCanvasLength(3).setPinned(pinned).addSlots(slot))
        .build();
  }
}
