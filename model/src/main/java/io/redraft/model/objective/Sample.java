package io.redraft.model.objective;

/**
 * A piece of text to learn from.
 *
 * @param id identity within the data; fixes its masks together with the seed of the pass
 * @param passSeed the run's seed and the pass over the data, as one seed
 * @param tokens token ids
 */
public record Sample(long id, long passSeed, int[] tokens) {}
