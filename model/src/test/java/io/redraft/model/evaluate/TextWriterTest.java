package io.redraft.model.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.DecodePlan;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class TextWriterTest {
  private static GenerationSettings settings(int samples, int length) {
    return new GenerationSettings(samples, length, OptionalInt.empty(), 0, 1, 1, 40);
  }

  private static int[] bytes(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int[] tokens = new int[utf8.length];
    java.util.Arrays.setAll(tokens, i -> utf8[i] & 0xFF);
    return tokens;
  }

  /** Fills every canvas with dots and keeps what it was asked. */
  private static final class Dots implements CanvasWriter {
    private final List<DecodePlan> asked = new ArrayList<>();

    @Override
    public List<int[]> write(List<DecodePlan> plans, java.util.function.LongConsumer progress) {
      asked.addAll(plans);
      List<int[]> written = new ArrayList<>();
      for (DecodePlan plan : plans) {
        int[] canvas = plan.canvas();
        for (int p : plan.writable()) {
          canvas[p] = '.';
        }
        written.add(canvas);
      }
      return written;
    }
  }

  @Test
  void samplesHaveConsecutiveSeedsAndTheWantedLength() {
    var dots = new Dots();
    var texts = new TextWriter(Models.denoiser(dots), settings(3, 5)).samples(done -> {});
    assertThat(texts).extracting(WrittenText::text).containsExactly(".....", ".....", ".....");
    assertThat(texts).extracting(WrittenText::seed).containsExactly(40L, 41L, 42L);
    assertThat(dots.asked).extracting(DecodePlan::seed).containsExactly(40L, 41L, 42L);
    new TextWriter(Models.denoiser(dots), settings(1, 0)).samples(done -> {});
    assertThat(dots.asked.get(3).length()).as("the whole context").isEqualTo(64);
  }

  @Test
  void aCausalModelBeginsWithATokenThatIsNotPartOfTheText() {
    for (int begin : new int[] {7, -1}) {
      var dots = new Dots();
      var model = Models.causal(32, begin, Models::score, dots);
      var text = new TextWriter(model, settings(1, 5)).samples(done -> {}).get(0);
      assertThat(dots.asked.get(0).canvas()).startsWith(begin < 0 ? Models.END : begin);
      assertThat(text.text()).isEqualTo(".....");
      assertThat(text.tokens()).hasSize(5);
      assertThat(text.given()).isEmpty();
    }
  }

  @Test
  void continuationsBeginWithTheirPrompts() {
    for (int begin : new int[] {7, -1}) {
      var model = Models.causal(32, begin, Models::score, new Dots());
      var texts =
          new TextWriter(model, settings(9, 0))
              .continuations(
                  List.of(new HeldOutPiece(bytes("abcdefgh")), new HeldOutPiece(bytes("xyz"))),
                  length -> length / 2,
                  done -> {});
      assertThat(texts).extracting(WrittenText::text).containsExactly("abcd....", "x..");
      assertThat(texts).extracting(WrittenText::given).containsExactly("abcd", "x");
      assertThat(texts).extracting(WrittenText::written).containsExactly("....", "..");
    }
  }

  @Test
  void whatIsNotAllowedIsNamed() {
    assertThatThrownBy(() -> settings(0, 1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("samples is 0; allowed: 1 or more");
    assertThatThrownBy(() -> settings(1, -1)).hasMessageStartingWith("length is -1; allowed: 0");
    assertThatThrownBy(() -> new GenerationSettings(1, 0, OptionalInt.of(0), 0, 1, 1, 0))
        .hasMessage("steps is 0; allowed: 1 or more");
    assertThatThrownBy(() -> new GenerationSettings(1, 0, OptionalInt.empty(), 0, -1, 1, 0))
        .hasMessageStartingWith("temperature is -1.0");
    assertThatThrownBy(() -> new GenerationSettings(1, 0, OptionalInt.empty(), 0, 1, 0, 0))
        .hasMessageStartingWith("top_p is 0.0");
  }
}
