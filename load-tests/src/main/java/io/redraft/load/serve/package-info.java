/**
 * Speed of the server as its clients feel it, and what their texts are worth. {@link
 * io.redraft.load.serve.ServeCommand} starts real servers and real clients in one process and runs
 * its {@link io.redraft.load.serve.Part}s: {@link io.redraft.load.serve.Frontier} sets the speed of
 * ways of decoding beside the quality of the same texts, {@link
 * io.redraft.load.serve.CausalComparison} beside a causal model, {@link
 * io.redraft.load.serve.StreamSweep} many texts beside one, {@link
 * io.redraft.load.serve.StepOverhead} and {@link io.redraft.load.serve.CrowdOverhead} a step beside
 * the network alone; {@link io.redraft.load.serve.Latency} counts steps, {@link
 * io.redraft.load.serve.Equality} differences. Whatever is measured was written by a model over the
 * public API, and in streams a text that differs from the same seed's text written alone ends the
 * measurement.
 */
package io.redraft.load.serve;
