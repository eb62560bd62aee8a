/**
 * The step of one stage of a layer-wise run on a device: some blocks compute, some of them learn,
 * and only what learns has a gradient and moments. Start at {@link
 * io.redraft.model.train.stage.StageOnDevice}. What a stage commits is always a plain network's
 * weights, whatever it was trained with.
 */
package io.redraft.model.train.stage;
