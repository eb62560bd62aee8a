/**
 * A stage of a layer-wise run on a device: what it needs there. Start at {@link
 * io.redraft.model.train.stage.StageMemory}. Which stages there are is decided elsewhere.
 */
package io.redraft.model.train.stage;
