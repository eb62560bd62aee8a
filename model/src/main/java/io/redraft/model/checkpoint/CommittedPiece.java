package io.redraft.model.checkpoint;

import io.redraft.model.safetensors.TensorView;
import java.nio.file.Path;
import java.util.List;

/**
 * The newest version of a part of a network, as a {@link LayerStore} has it.
 *
 * @param name {@code embeddings}, {@code layer-0}, … or {@code head}
 * @param file where it lies
 * @param bytes length of the file
 * @param stage number of the stage that committed it
 * @param step steps that this stage had taken
 * @param tensors its weights
 */
public record CommittedPiece(
    String name, Path file, long bytes, int stage, long step, List<TensorView> tensors) {}
