/**
 * How a model's texts look. {@link io.redraft.load.samples.SamplesCommand} has texts written from
 * given seeds, all of them shown or stored and none picked, and measures them with {@link
 * io.redraft.model.evaluate.TextMetrics}.
 */
package io.redraft.load.samples;
