package io.redraft.model;

/**
 * Input that a user can mend: an option, a configuration key, a file or a request field whose value
 * is not allowed. Its message is one line that is shown to the user as it stands; it names the
 * field, the value and what is allowed.
 */
public class InvalidInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String field;

  /**
   * An input whose problem is told by {@code message}; {@code field} is the name that the user
   * knows it by.
   */
  public InvalidInputException(String field, String message) {
    super(onOneLine(message));
    this.field = field;
  }

  /** The usual form: {@code temperature is -1.0; allowed: 0 or more}. */
  public static InvalidInputException of(String field, Object value, String allowed) {
    return new InvalidInputException(field, field + " is " + value + "; allowed: " + allowed);
  }

  /** A file that is not as it should be: {@code FILE: field: problem}. */
  public static InvalidInputException inFile(String file, String field, String problem) {
    return new InvalidInputException(file, file + ": " + field + ": " + problem);
  }

  /** A value out of a file may hold line ends; they are shown as {@code \n}. */
  private static String onOneLine(String message) {
    return String.join("\\n", message.lines().toList());
  }

  /** Name of the option, key or field at fault. */
  public String field() {
    return field;
  }
}
