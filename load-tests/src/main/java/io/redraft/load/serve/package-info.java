/**
 * Speed of the server as its clients feel it. {@link io.redraft.load.serve.ServeCommand} starts a
 * real server and real clients in one process: {@link io.redraft.load.serve.StepOverhead} compares
 * a denoising step with the network alone, {@link io.redraft.load.serve.StreamSweep} many texts at
 * a time with one. Every text is checked: one that differs from the same seed's text written alone
 * ends the measurement.
 */
package io.redraft.load.serve;
