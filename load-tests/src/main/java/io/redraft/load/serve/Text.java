package io.redraft.load.serve;

import io.redraft.proto.v1.Usage;

/**
 * A text that a client was sent.
 *
 * @param text as the final event has it
 * @param tokens its tokens, special ones left out
 * @param usage what it took
 * @param drafts drafts that arrived
 * @param seconds from before the call to its end
 */
public record Text(String text, int[] tokens, Usage usage, int drafts, double seconds) {}
