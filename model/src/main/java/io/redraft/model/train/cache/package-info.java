/**
 * The stream that frozen blocks give, kept on disk so that the blocks behind them learn without
 * computing it again. Start at {@link io.redraft.model.train.cache.ActivationCache}. Whatever ends
 * a process, what was finished before can be read, and nothing is read that differs from what was
 * put.
 */
package io.redraft.model.train.cache;
