package io.redraft.model.decode;

/**
 * What tasks have in common that may share a forward pass.
 *
 * @param cached whether the pass takes keys and values from caches and computes some positions only
 * @param tokens positions that it computes a task
 */
public record PassShape(boolean cached, int tokens) {}
