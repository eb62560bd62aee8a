/**
 * The picture of a text that is being refined. Start at {@link io.redraft.server.watch.Canvas}, the
 * fold of a stream's events; {@link io.redraft.server.watch.Picture} turns it into lines of a given
 * width. Nothing here knows a terminal: whatever a model writes, no control character of it gets
 * out.
 */
package io.redraft.server.watch;
