/**
 * Training: steps, checkpoints, metrics and the finished model. Start at {@link
 * io.redraft.model.train.Trainer}. What a step sees depends on the seed and its number alone, so a
 * run that was killed continues, bit for bit on the CPU, as if it had not been.
 */
package io.redraft.model.train;
