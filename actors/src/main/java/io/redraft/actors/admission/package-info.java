/**
 * Admission: which request is denoised next, which waits and which is turned away. Start at {@code
 * Places}. Rules over numbers and moments that are passed in; no clock, no actor and no text.
 */
package io.redraft.actors.admission;
