package io.redraft.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.redraft.proto.v1.Commit;
import io.redraft.proto.v1.Draft;
import io.redraft.proto.v1.Final;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.Slot;
import io.redraft.proto.v1.Usage;
import io.redraft.server.watch.Cell;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.junit.jupiter.api.Test;

class TerminalSinkTest {
  private static final String SHOW_CURSOR = "\u001B[?25h";
  private static final String HIDE_CURSOR = "\u001B[?25l";

  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
  private final AtomicLong clock = new AtomicLong();

  @Test
  void redrawsInPlaceAndLeavesTheTextWithItsNumbers() throws Exception {
    try (Terminal terminal = terminal();
        TerminalSink sink = new TerminalSink(terminal, true, this::now)) {
      sink.accept(commit(0, true, 0, "One "));
      assertThat(drawn(terminal)).contains("One ").contains("░░").contains("2 open");

      screen.reset();
      sink.accept(draft(1, 1, "wet"));
      assertThat(drawn(terminal)).as("half a step is not drawn").isEmpty();
      sink.accept(commit(1, false, 2, "day"));
      String frame = drawn(terminal);
      assertThat(frame).contains("wet").contains("day");
      assertThat(frame).as("only what changed").doesNotContain("One");

      screen.reset();
      sink.accept(commit(2, false, 1, "fine "));
      sink.accept(end("One fine day"));
      assertThat(drawn(terminal)).contains("fine ").contains("2 tokens, 2 steps, 2 forwards");
    }
  }

  @Test
  void theCursorIsHiddenWhileDrawingAndComesBack() throws Exception {
    try (Terminal terminal = terminal()) {
      var sink = new TerminalSink(terminal, true, this::now);
      sink.accept(commit(0, true, 0, "One "));
      assertThat(drawn(terminal)).contains(HIDE_CURSOR).doesNotContain(SHOW_CURSOR);
      sink.close();
      assertThat(drawn(terminal)).endsWith(SHOW_CURSOR);
    }
  }

  @Test
  void editsAreTypedBelowThePictureAndPositionsShownInItsPlace() throws Exception {
    try (Terminal terminal = terminal();
        var view =
            new ScreenEditView(
                new TerminalSink(terminal, true, this::now),
                new StringReader("show\npni 1\n"),
                () -> {})) {
      view.accept(commit(0, true, 0, "One "));
      assertThat(view.readLine()).isEqualTo("show");
      assertThat(drawn(terminal)).contains("> ").contains("h").contains("One ");

      screen.reset();
      view.show(List.of(new Cell(Cell.State.PINNED, ByteString.copyFromUtf8("One ")), Cell.MASKED));
      assertThat(drawn(terminal)).contains("pinned").contains("masked");

      view.readLine();
      screen.reset();
      view.complain("edit is \"pni 1\"");
      assertThat(drawn(terminal)).contains("pni");

      screen.reset();
      view.accept(end("One fine day"));
      assertThat(drawn(terminal)).contains("One ").contains("2 tokens, 2 steps");
      screen.reset();
      view.complain("too late");
      assertThat(drawn(terminal)).as("a finished text stays as it is").isEmpty();
    }
  }

  /** A second later every time, so that no frame is held back. */
  private long now() {
    return clock.addAndGet(TimeUnit.SECONDS.toNanos(1));
  }

  private String drawn(Terminal terminal) {
    terminal.flush();
    return screen.toString(StandardCharsets.UTF_8);
  }

  private Terminal terminal() throws Exception {
    return TerminalBuilder.builder()
        .system(false)
        .streams(InputStream.nullInputStream(), screen)
        .provider("exec")
        .type("xterm-256color")
        .size(new Size(40, 10))
        .encoding(StandardCharsets.UTF_8)
        .paused(true)
        .build();
  }

  private static GenerateEvent commit(int step, boolean pinned, int position, String piece) {
    return GenerateEvent.newBuilder()
        .setCommit(
            Commit.newBuilder()
                .setStep(step)
                .setCanvasLength(3)
                .setPinned(pinned)
                .addSlots(slot(position, piece)))
        .build();
  }

  private static GenerateEvent draft(int step, int position, String piece) {
    return GenerateEvent.newBuilder()
        .setDraft(
            Draft.newBuilder().setStep(step).setCanvasLength(3).addSlots(slot(position, piece)))
        .build();
  }

  private static GenerateEvent end(String text) {
    var usage = Usage.newBuilder().setGeneratedTokens(2).setSteps(2).setForwards(2);
    return GenerateEvent.newBuilder()
        .setFinal(Final.newBuilder().setText(text).setUsage(usage))
        .build();
  }

  private static Slot slot(int position, String piece) {
    return Slot.newBuilder().setPosition(position).setPiece(ByteString.copyFromUtf8(piece)).build();
  }
}
