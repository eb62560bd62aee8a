/**
 * Where training runs keep their journals, and who holds a run's folder. Start at {@link
 * io.redraft.cluster.journal.Journals}. A folder has one holder at a time, on whatever machine, and
 * a run that has not begun leaves nothing in it.
 */
package io.redraft.cluster.journal;
