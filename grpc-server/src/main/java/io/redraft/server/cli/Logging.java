package io.redraft.server.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;

/**
 * Where logs go: to standard error, warnings of our own and nothing of the libraries', unless asked
 * for more. Written in Java because reading logback's XML costs a sixth of a second at every start;
 * a {@code logback.xml} named by {@code -Dlogback.configurationFile} is obeyed instead.
 */
public final class Logging extends ContextAwareBase implements Configurator {
  private static final String LEVEL = "redraft.log";

  /** What gRPC writes to; held, because the JDK forgets the level of a logger that nobody holds. */
  private static final java.util.logging.Logger JDK_ROOT = java.util.logging.Logger.getLogger("");

  /** Called by logback, once. */
  public Logging() {}

  /** Chooses between quiet and everything; takes effect when called before the first log line. */
  static void verbose(boolean verbose) {
    if (verbose) {
      System.setProperty(LEVEL, "debug");
    }
  }

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    if (System.getProperty("logback.configurationFile") != null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    boolean verbose = "debug".equals(System.getProperty(LEVEL));

    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setCharset(StandardCharsets.UTF_8);
    encoder.setPattern("%d{HH:mm:ss.SSS} %-5level %logger{24} %msg%n" + (verbose ? "" : "%nopex"));
    encoder.start();

    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();

    ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(verbose ? Level.INFO : Level.ERROR);
    root.addAppender(appender);
    context.getLogger("io.redraft").setLevel(verbose ? Level.DEBUG : Level.WARN);
    JDK_ROOT.setLevel(verbose ? java.util.logging.Level.INFO : java.util.logging.Level.OFF);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }
}
