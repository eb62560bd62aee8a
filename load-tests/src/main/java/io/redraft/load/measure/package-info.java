/**
 * What every measurement shares: {@link io.redraft.load.measure.Rounds} runs variants in turn,
 * {@link io.redraft.load.measure.Series} keeps what they gave, {@link
 * io.redraft.load.measure.Report} prints tables and writes JSON with the {@link
 * io.redraft.load.measure.Machine} it ran on. Nothing here knows what is measured.
 */
package io.redraft.load.measure;
