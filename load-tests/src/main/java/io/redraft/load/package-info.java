/**
 * Measurements of the whole program, as its users meet it. Start at {@link
 * io.redraft.load.BenchCommand}, which is {@code redraft bench}. Variants that are compared run in
 * turn within one process and medians are reported, so that a busy machine slows all of them alike.
 */
package io.redraft.load;
