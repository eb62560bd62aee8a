package io.redraft.server.cli;

import java.util.concurrent.Callable;

/**
 * A command of {@code redraft} that comes from a module above this one. It is annotated with
 * picocli's {@code @Command} like every other, and its module names it in {@code
 * META-INF/services/io.redraft.server.cli.AddedCommand}; where that module is not on the classpath,
 * the command does not exist. Its constructor does nothing: it runs at every start of the process.
 */
public interface AddedCommand extends Callable<Integer> {}
