package io.redraft.actors.training;

/** How a run answers whoever steers it. */
public sealed interface RunAnswer {
  /** It is journalled: it holds whatever fails from now on. */
  record Accepted() implements RunAnswer {}

  /** It cannot be done; {@code message} is for the user. */
  record Refused(String field, String message) implements RunAnswer {}
}
