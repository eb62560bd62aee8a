package io.redraft.server.cli;

import io.redraft.model.InvalidInputException;
import java.io.PrintWriter;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * What a user is told when a command does not succeed: one line, and a trace only when asked for.
 * Wrong usage and wrong input ({@link InvalidInputException}) exit with 2, everything else with 1.
 */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
  /** Exit code of a failure. */
  static final int FAILED = 1;

  /** Exit code of wrong usage or input. */
  static final int WRONG_INPUT = 2;

  private final boolean debug;

  Failures(boolean debug) {
    this.debug = debug;
  }

  @Override
  public int handleParseException(ParameterException wrong, String[] args) {
    CommandLine command = wrong.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    say(command.getErr(), name, problem(wrong, command) + "; see " + name + " --help");
    trace(wrong, debug, command.getErr());
    return WRONG_INPUT;
  }

  private static String problem(ParameterException wrong, CommandLine command) {
    var commands = command.getSubcommands();
    if (wrong instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
      String argument = unmatched.getUnmatched().get(0);
      return commands.isEmpty()
          ? "one argument too many: " + argument + " (several words are one argument in quotes)"
          : "no command " + argument + "; allowed: " + String.join(", ", commands.keySet());
    }
    return firstLine(wrong.getMessage());
  }

  @Override
  public int handleExecutionException(Exception failed, CommandLine command, ParseResult parsed) {
    Throwable cause = cause(failed);
    String name = command.getCommandSpec().qualifiedName();
    if (cause instanceof InvalidInputException wrong) {
      say(command.getErr(), name, asOption(wrong, command));
      trace(wrong, debug, command.getErr());
      return WRONG_INPUT;
    }
    return report(cause, name, debug, command.getErr());
  }

  /** Tells of a problem in one line and returns its exit code. */
  static int report(Throwable problem, String command, boolean debug, PrintWriter err) {
    Throwable cause = cause(problem);
    if (cause instanceof InvalidInputException wrong) {
      say(err, command, firstLine(wrong.getMessage()));
      trace(cause, debug, err);
      return WRONG_INPUT;
    }
    String hint = debug ? "" : " (--debug shows where)";
    say(err, command, "failed: " + describe(cause) + hint);
    trace(cause, debug, err);
    return FAILED;
  }

  /** The message with the field under the name that this command line gives it. */
  private static String asOption(InvalidInputException wrong, CommandLine command) {
    String message = firstLine(wrong.getMessage());
    String field = wrong.field();
    if (field == null || !field.matches("[a-z_]+") || !message.startsWith(field)) {
      return message; // a file, a key of one, or something that is no option's value
    }
    String option = "--" + field.replace('_', '-');
    boolean known = command.getCommandSpec().findOption(option) != null;
    return known ? option + message.substring(field.length()) : message;
  }

  private static Throwable cause(Throwable problem) {
    Throwable cause = problem;
    while (cause.getCause() != null
        && (cause instanceof CompletionException
            || cause instanceof ExecutionException
            || cause instanceof CommandLine.ExecutionException)) {
      cause = cause.getCause();
    }
    return cause;
  }

  private static String describe(Throwable problem) {
    if (problem instanceof OutOfMemoryError) {
      return "out of memory";
    }
    String kind = problem.getClass().getSimpleName();
    String message = firstLine(problem.getMessage());
    boolean sentence = message.contains(" "); // a bare path or number says too little
    return sentence ? message : message.isEmpty() ? kind : kind + ": " + message;
  }

  private static String firstLine(String message) {
    return message == null ? "" : message.strip().lines().findFirst().orElse("").strip();
  }

  private static void say(PrintWriter err, String command, String line) {
    err.println(command + ": " + line);
    err.flush();
  }

  private static void trace(Throwable problem, boolean debug, PrintWriter err) {
    if (debug) {
      problem.printStackTrace(err);
      err.flush();
    }
  }
}
