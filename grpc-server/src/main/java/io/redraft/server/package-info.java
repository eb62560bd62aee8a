/**
 * Redraft's edge: what people and programs talk to. Start at {@link io.redraft.server.cli.Main},
 * the command line. Everything below this package is reached through actors and files; nothing
 * below it knows gRPC or a terminal.
 */
package io.redraft.server;
