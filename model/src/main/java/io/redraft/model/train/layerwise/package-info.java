/**
 * Training a network stage by stage. Start at {@link
 * io.redraft.model.train.layerwise.LayerwiseRun}. A {@link
 * io.redraft.model.train.layerwise.StageTrainer} takes the steps of one stage and commits what it
 * has learned; who calls it, and what happens when it fails, is not known here.
 */
package io.redraft.model.train.layerwise;
