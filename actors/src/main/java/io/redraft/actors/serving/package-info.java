/**
 * Serving: who owns which device, shard and request. Start at {@code GenerationSession}, one
 * request's life. Only immutable records of primitives, strings, lists and arrays that nobody
 * writes cross an actor's boundary.
 */
package io.redraft.actors.serving;
