/**
 * {@code redraft bench train}: what an optimizer step costs. Start at {@link
 * io.redraft.load.train.TrainCommand}. Steps are those of a training run, on tokens drawn at
 * random; the matrix products of the same shapes alone are measured beside them.
 */
package io.redraft.load.train;
