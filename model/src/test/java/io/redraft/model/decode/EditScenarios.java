package io.redraft.model.decode;

import java.util.OptionalInt;
import java.util.Random;

/** Edits of every kind, drawn by a random generator; some of them are not allowed. */
public final class EditScenarios {
  private EditScenarios() {}

  /**
   * An edit for a canvas of this length.
   *
   * @param vocabulary ids that a replacement is drawn from
   */
  public static CanvasEdit any(Random random, int length, int vocabulary) {
    int from = random.nextInt(length + 1);
    int span = random.nextInt(Math.min(6, length - from + 1) + 1);
    return switch (random.nextInt(6)) {
      case 0, 1 -> new CanvasEdit.Pin(from, span);
      case 2 -> new CanvasEdit.Replace(from, span, random.ints(span, 0, vocabulary).toArray());
      case 3 ->
          new CanvasEdit.Replace(
              from, span, random.ints(random.nextInt(6), 0, vocabulary).toArray());
      case 4 -> new CanvasEdit.Reopen(from, span);
      default ->
          new CanvasEdit.Extend(
              random.nextBoolean() ? OptionalInt.empty() : OptionalInt.of(from), random.nextInt(5));
    };
  }
}
