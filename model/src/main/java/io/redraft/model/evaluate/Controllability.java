package io.redraft.model.evaluate;

import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Whether a denoiser keeps to words that are pinned inside its text, and whether they help it. The
 * words are {@link Keywords} of pieces of the evaluated text, at their own places. A causal model
 * cannot be asked: it does not see what comes later.
 *
 * @param pinned tokens that were pinned in texts to be written
 * @param kept of these, tokens that stand at their places in the finished text
 * @param keywords words that were pinned
 * @param found of these, words that can be read in the finished text
 * @param rest other tokens of the pieces, whose bound was measured
 * @param natsGiven bound of those tokens with the keywords seen, in nats
 * @param natsHidden bound of those tokens with the keywords hidden, in nats
 * @param texts what was written around keywords
 */
public record Controllability(
    long pinned,
    long kept,
    int keywords,
    int found,
    long rest,
    double natsGiven,
    double natsHidden,
    List<WrittenText> texts) {

  /**
   * What to do.
   *
   * @param keywords most keywords of a piece
   * @param masks masks a piece, for the bound
   * @param generation how texts are written; there are as many as it has samples, or pieces
   */
  public record Settings(int keywords, int masks, GenerationSettings generation) {}

  /**
   * Measures.
   *
   * @param all pieces of the text; those without a keyword are left out
   * @param progress told how many of {@code 2 * pieces + texts} parts are done
   */
  public static Controllability of(
      ModelUnderTest model, List<HeldOutPiece> all, Settings settings, LongConsumer progress) {
    List<HeldOutPiece> pieces = new ArrayList<>();
    List<List<Keywords.Place>> words = new ArrayList<>();
    for (HeldOutPiece piece : all) {
      var found = Keywords.of(piece.tokens(), settings.keywords(), model.tokenizer());
      if (!found.isEmpty()) {
        pieces.add(piece);
        words.add(found);
      }
    }
    if (pieces.isEmpty()) {
      throw InvalidInputException.of(
          "data", "a text without a word to pin", "one with words, for controllability");
    }
    var bound = new KeywordBound(model, settings.masks(), settings.generation().seed());
    long rest = 0;
    double given = 0;
    double hidden = 0;
    for (int i = 0; i < pieces.size(); i++) {
      int[] tokens = pieces.get(i).tokens();
      boolean[] pinned = Keywords.positions(words.get(i), tokens.length);
      for (boolean taken : pinned) {
        rest += taken ? 0 : 1;
      }
      given += bound.of(i, tokens, pinned, true);
      hidden += bound.of(i, tokens, pinned, false);
      progress.accept(2L * (i + 1));
    }
    int count = Math.min(pieces.size(), settings.generation().samples());
    var plans = plans(model, pieces.subList(0, count), words, settings.generation());
    var written = model.writer().write(plans, done -> progress.accept(2L * pieces.size() + done));
    return counted(model, plans, written, words, rest, given, hidden);
  }

  private static List<DecodePlan> plans(
      ModelUnderTest model,
      List<HeldOutPiece> pieces,
      List<List<Keywords.Place>> words,
      GenerationSettings generation) {
    List<DecodePlan> plans = new ArrayList<>();
    for (int i = 0; i < pieces.size(); i++) {
      int[] tokens = pieces.get(i).tokens();
      List<Segment> segments = new ArrayList<>();
      int at = 0;
      for (Keywords.Place word : words.get(i)) {
        if (word.from() > at) {
          segments.add(new Segment.Masked(word.from() - at));
        }
        segments.add(new Segment.Fixed(Arrays.copyOfRange(tokens, word.from(), word.to())));
        at = word.to();
      }
      if (at < tokens.length) {
        segments.add(new Segment.Masked(tokens.length - at));
      }
      plans.add(
          DecodePlan.of(
              segments,
              model.network(),
              generation.options(model.network()),
              generation.seed() + i));
    }
    return plans;
  }

  private static Controllability counted(
      ModelUnderTest model,
      List<DecodePlan> plans,
      List<int[]> written,
      List<List<Keywords.Place>> words,
      long rest,
      double given,
      double hidden) {
    long pinned = 0;
    long kept = 0;
    int keywords = 0;
    int found = 0;
    List<WrittenText> texts = new ArrayList<>();
    for (int i = 0; i < plans.size(); i++) {
      DecodePlan plan = plans.get(i);
      int[] tokens = written.get(i);
      int[] canvas = plan.canvas();
      for (int p : plan.pinnedPositions()) {
        pinned++;
        kept += p < tokens.length && tokens[p] == canvas[p] ? 1 : 0;
      }
      String text = model.tokenizer().decode(tokens);
      for (Keywords.Place word : words.get(i)) {
        int[] spelling = Arrays.copyOfRange(canvas, word.from(), word.to());
        keywords++;
        found += text.contains(model.tokenizer().decode(spelling).strip()) ? 1 : 0;
      }
      texts.add(WrittenText.of(plan.seed(), tokens, plan::writable, "", model.tokenizer()));
    }
    return new Controllability(pinned, kept, keywords, found, rest, given, hidden, texts);
  }

  /** As measures. */
  public List<Measure> measures() {
    return List.of(
        Measure.count("pinned_tokens", "pinned tokens", pinned),
        Measure.share("pinned_tokens_kept", "pinned tokens kept", (double) kept / pinned),
        Measure.count("keywords", "keywords", keywords),
        Measure.share("keywords_in_text", "keywords in the text", (double) found / keywords),
        Measure.information(
            "keyword_bound_given", "nats per other token, keywords seen", natsGiven / rest),
        Measure.information(
            "keyword_bound_hidden", "nats per other token, keywords hidden", natsHidden / rest),
        Measure.information(
            "keyword_gain", "gained from the keywords, nats", (natsHidden - natsGiven) / rest));
  }
}
