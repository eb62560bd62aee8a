/**
 * Models and training state as files: safetensors, model folders, 8-bit weights and imports. Start
 * at {@link io.redraft.model.checkpoint.ModelFolder} for a whole model and at {@link
 * io.redraft.model.checkpoint.SafetensorsFile} for one file. Whatever a file claims is checked
 * before it is believed, and nothing is ever written half.
 */
package io.redraft.model.checkpoint;
