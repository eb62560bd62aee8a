package io.redraft.server.cli;

import picocli.CommandLine.Option;

/** What every command that begins a run, or goes on with one, is told of it. */
final class RunArguments extends SettingsArguments {
  @Option(names = "--resume", description = "Go on from the newest checkpoint, if there is one.")
  private boolean resume;

  boolean resume() {
    return resume;
  }
}
