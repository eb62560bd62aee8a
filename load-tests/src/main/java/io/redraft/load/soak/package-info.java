/**
 * Does anything grow? {@link io.redraft.load.soak.SoakCommand} starts a real server and real
 * clients in one process: {@link io.redraft.load.soak.RequestSoak} sends it thousands of requests
 * of every kind, {@link io.redraft.load.soak.StalledSoak} clients that stop reading. What the
 * process holds is looked at with nothing in flight and the heap collected, and a bound that is
 * broken ends the measurement.
 */
package io.redraft.load.soak;
