/**
 * The command line. Start at {@link io.redraft.server.cli.Main}; a command is one class, named in
 * {@link io.redraft.server.cli.RedraftCommand}, or an {@link io.redraft.server.cli.AddedCommand} of
 * a module above. Standard output carries results only; whatever goes wrong is one line on standard
 * error and an exit code.
 */
package io.redraft.server.cli;
