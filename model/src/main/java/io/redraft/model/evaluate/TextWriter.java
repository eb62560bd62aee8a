package io.redraft.model.evaluate;

import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/** Has a model write texts: from nothing, or on from a prompt. */
public final class TextWriter {
  private final ModelUnderTest model;
  private final GenerationSettings settings;

  /** A writer of texts. */
  public TextWriter(ModelUnderTest model, GenerationSettings settings) {
    this.model = model;
    this.settings = settings;
  }

  /**
   * Texts without a prompt, one for each seed.
   *
   * @throws InvalidInputException if they would be longer than the context, or if a causal network
   *     has nothing to begin with
   */
  public List<WrittenText> samples(LongConsumer progress) {
    List<DecodePlan> plans = new ArrayList<>();
    for (int i = 0; i < settings.samples(); i++) {
      var segments = new ArrayList<Segment>();
      if (model.causal() && model.network().beginToken() < 0) {
        segments.add(new Segment.Fixed(new int[] {start()}));
      }
      segments.add(new Segment.Masked(settings.length()));
      plans.add(plan(segments, i));
    }
    return write(plans, model.causal() ? 1 : 0, progress);
  }

  /**
   * Texts that go on from prompts, the i-th with the i-th seed.
   *
   * @param pieces a prompt and what follows it in each
   * @param prompt length of a piece's prompt
   */
  public List<WrittenText> continuations(
      List<HeldOutPiece> pieces, PromptLength prompt, LongConsumer progress) {
    List<DecodePlan> plans = new ArrayList<>();
    for (int i = 0; i < pieces.size(); i++) {
      int[] tokens = pieces.get(i).tokens();
      int given = prompt.of(tokens.length);
      plans.add(
          plan(
              List.of(
                  new Segment.Fixed(Arrays.copyOf(tokens, given)),
                  new Segment.Masked(tokens.length - given)),
              i));
    }
    return write(plans, model.causal() && model.network().beginToken() >= 0 ? 1 : 0, progress);
  }

  /** How much of a piece of text is the prompt. */
  @FunctionalInterface
  public interface PromptLength {
    /** Tokens of the prompt, 1 to {@code length} - 1. */
    int of(int length);
  }

  private int start() {
    int start = model.startToken();
    if (start < 0) {
      throw InvalidInputException.of(
          "model", model.name(), "one with a begin or end token, to write without a prompt");
    }
    return start;
  }

  private DecodePlan plan(List<Segment> segments, int i) {
    return DecodePlan.of(
        segments, model.network(), settings.options(model.network()), settings.seed() + i);
  }

  private List<WrittenText> write(List<DecodePlan> plans, int hidden, LongConsumer progress) {
    List<int[]> written = model.writer().write(plans, progress);
    List<WrittenText> texts = new ArrayList<>();
    for (int i = 0; i < plans.size(); i++) {
      DecodePlan plan = plans.get(i);
      int[] tokens = Arrays.copyOfRange(written.get(i), hidden, written.get(i).length);
      texts.add(
          WrittenText.of(
              plan.seed(), tokens, p -> plan.writable(p + hidden), "", model.tokenizer()));
    }
    return texts;
  }
}
