/**
 * How long a user waits after pressing return. {@link io.redraft.load.startup.StartupCommand} runs
 * the real launcher as a process of its own and reads what it prints; {@link
 * io.redraft.load.startup.LauncherRun} is one such run. The clock starts before the process does.
 */
package io.redraft.load.startup;
