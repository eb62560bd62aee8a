package io.redraft.actors.serving;

import java.io.IOException;

/**
 * Brings a model into a device's memory: the port behind which files and tensors begin. It is
 * called on the device's thread, once for every start of a {@link ModelShard}, and leaves nothing
 * behind in native memory when it throws.
 */
@FunctionalInterface
public interface ModelLoader {
  /**
   * Loads these blocks.
   *
   * @throws io.redraft.model.InvalidInputException when the files are not a model that can be
   *     served; the message says which and why
   */
  LoadedModel load(BlockRange blocks) throws IOException;
}
