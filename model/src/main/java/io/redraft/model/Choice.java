package io.redraft.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The names by which users choose among the constants of an enumeration: the constant's own in
 * lower case, with hyphens, as {@code masked-mean} for {@code MASKED_MEAN}.
 */
public final class Choice {
  private Choice() {}

  /** The name of a constant. */
  public static String key(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The names of several constants, as a message lists them. */
  public static String keys(Enum<?>... constants) {
    return Arrays.stream(constants).map(Choice::key).collect(Collectors.joining(", "));
  }

  /**
   * The constant of a name.
   *
   * @param field the setting that the name came from
   * @param choices all constants that may be chosen
   * @throws InvalidInputException if there is none of that name
   */
  public static <E extends Enum<E>> E of(String field, String key, E[] choices) {
    for (var choice : choices) {
      if (key(choice).equals(key)) {
        return choice;
      }
    }
    throw InvalidInputException.of(field, key, keys(choices));
  }
}
