/**
 * Event files that TensorBoard opens, written without its libraries. Start at {@link
 * io.redraft.model.tensorboard.EventFile}. A file holds whole records, each with checksums, and
 * steps only ever ascend in it, however often a run was resumed.
 */
package io.redraft.model.tensorboard;
