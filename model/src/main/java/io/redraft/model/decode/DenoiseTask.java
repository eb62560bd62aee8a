package io.redraft.model.decode;

/**
 * One canvas's share of a forward pass.
 *
 * @param canvas token ids, masks included; length T
 * @param rows positions to read, ascending; only these reach the head
 * @param sampling how candidates are drawn
 * @param seed the request's seed
 * @param step the denoising step, counted from 0 over the whole request; with the seed and a
 *     position it fixes the noise
 */
public record DenoiseTask(int[] canvas, int[] rows, Sampling sampling, long seed, int step) {}
