package io.redraft.load;

import io.redraft.server.cli.Main;
import java.io.PrintWriter;
import java.io.StringWriter;

/** {@code redraft bench} as a user calls it, and what it has printed so far. */
public final class Bench {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  /** Runs a measurement and returns the exit status. */
  public int run(Object... options) {
    String[] args = new String[options.length + 1];
    args[0] = "bench";
    for (int i = 0; i < options.length; i++) {
      args[i + 1] = options[i].toString();
    }
    return Main.run(args, new PrintWriter(out), new PrintWriter(err));
  }

  /** What was printed. */
  public String out() {
    return out.toString();
  }

  /** What was printed as errors. */
  public String err() {
    return err.toString();
  }
}
