/**
 * Streams that outlive their clients: an event goes through a {@link
 * io.redraft.actors.resume.ResumableStream} on its way from a session to a client, which keeps what
 * a client that comes back has not seen. Start at {@link
 * io.redraft.actors.resume.ResumableStreams}. Whenever a connection breaks, what was told before
 * and what is told after folds to the same text; what is kept for that is bounded by the length of
 * the canvas.
 */
package io.redraft.actors.resume;
