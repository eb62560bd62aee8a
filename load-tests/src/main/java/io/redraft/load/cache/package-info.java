/**
 * Reading cached streams of frozen blocks beside computing them again. Start at {@link
 * io.redraft.load.cache.CacheCommand}. Both give the same number of samples a batch.
 */
package io.redraft.load.cache;
