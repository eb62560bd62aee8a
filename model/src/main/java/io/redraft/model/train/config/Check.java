package io.redraft.model.train.config;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;

/** The checks that settings records share; each names the field, the value and what is allowed. */
final class Check {
  private Check() {}

  static void atLeast(String field, long value, long least) {
    if (value < least) {
      throw InvalidInputException.of(field, value, least + " or more");
    }
  }

  static void positive(String field, double value) {
    if (!(value > 0 && Double.isFinite(value))) {
      throw InvalidInputException.of(field, value, "more than 0");
    }
  }

  static void notNegative(String field, double value) {
    if (!(value >= 0 && Double.isFinite(value))) {
      throw InvalidInputException.of(field, value, "0 or more");
    }
  }

  /** In [0, 1). */
  static void share(String field, double value) {
    if (!(value >= 0 && value < 1)) {
      throw InvalidInputException.of(field, value, "0 or more, less than 1");
    }
  }

  /** In [0, 1]. */
  static void fraction(String field, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw InvalidInputException.of(field, value, "0 to 1");
    }
  }

  /** In (0, 1]. */
  static void portion(String field, double value) {
    if (!(value > 0 && value <= 1)) {
      throw InvalidInputException.of(field, value, "more than 0, at most 1");
    }
  }

  /** The constant that {@link Choice} finds. */
  static <E extends Enum<E>> E choice(String field, String key, E[] choices) {
    return Choice.of(field, key, choices);
  }

  static String key(Enum<?> choice) {
    return Choice.key(choice);
  }
}
