/**
 * Tensors as files: the safetensors format and 8-bit weights in it. Start at {@link
 * io.redraft.model.safetensors.SafetensorsFile}. A header is checked to the last offset before any
 * tensor is handed out, and tensors are read straight from the mapped file.
 */
package io.redraft.model.safetensors;
