package io.redraft.server.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ServiceLoader;
import picocli.CommandLine;

/**
 * The process behind {@code redraft}: reads the command line, runs one command and exits with 0
 * (done), 2 (wrong usage or input) or 1 (failure). See {@link Failures} for what a user is told.
 */
public final class Main {
  private Main() {}

  /** Runs the command that {@code args} name and ends the process with its exit code. */
  public static void main(String[] args) {
    PrintWriter out = utf8(FileDescriptor.out);
    PrintWriter err = utf8(FileDescriptor.err);
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, problem) -> Failures.report(problem, "redraft", debug(args), err));
    System.exit(run(args, out, err));
  }

  /**
   * Runs a command in this process.
   *
   * @param out where results go; flushed before this returns
   * @param err where one line goes when something is wrong
   * @return the exit code
   */
  public static int run(String[] args, PrintWriter out, PrintWriter err) {
    boolean debug = debug(args);
    Logging.verbose(debug);
    try {
      return commandLine(out, err, debug).execute(args);
    } catch (Throwable problem) { // an Error, which picocli does not hand to its handler
      return Failures.report(problem, "redraft", debug, err);
    } finally {
      out.flush();
      err.flush();
    }
  }

  private static CommandLine commandLine(PrintWriter out, PrintWriter err, boolean debug) {
    Failures failures = new Failures(debug);
    CommandLine redraft = new CommandLine(new RedraftCommand());
    ServiceLoader.load(AddedCommand.class).forEach(redraft::addSubcommand);
    return redraft
        .setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setAbbreviatedOptionsAllowed(false)
        .setUsageHelpAutoWidth(true)
        .setParameterExceptionHandler(failures)
        .setExecutionExceptionHandler(failures);
  }

  /** Whether traces are wanted; asked before the arguments are parsed, and of wrong ones too. */
  private static boolean debug(String[] args) {
    for (String arg : args) {
      if (arg.equals("--")) {
        break;
      }
      if (arg.equals("--debug")) {
        return true;
      }
    }
    return "1".equals(System.getenv("REDRAFT_DEBUG"));
  }

  /** Terminals and pipes get UTF-8 whatever the locale says: model output is UTF-8. */
  private static PrintWriter utf8(FileDescriptor descriptor) {
    return new PrintWriter(
        new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8), true);
  }
}
