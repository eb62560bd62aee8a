/**
 * Curricula as data: a run as a list of stages, each of which trains some blocks of a network.
 * Start at {@link io.redraft.model.train.curriculum.Stage}, and at {@link
 * io.redraft.model.train.curriculum.CurriculumPlanner} for where the list comes from. Nothing here
 * computes or reads a file by itself; a run's sessions do, such as those of {@link
 * io.redraft.model.train.curriculum.SingleStageRun}, which trains the whole network at once.
 */
package io.redraft.model.train.curriculum;
