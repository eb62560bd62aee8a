package io.redraft.model.safetensors;

import java.util.Map;
import java.util.Set;

/**
 * Named tensors that can be read in any order: a safetensors file, or several that belong together.
 */
public interface TensorSource {
  /** Names of all tensors, sorted; the scales of 8-bit tensors are named too. */
  Set<String> names();

  /**
   * A tensor by its name. An 8-bit tensor comes with its scales attached.
   *
   * @throws io.redraft.model.InvalidInputException if there is none of that name
   */
  TensorView tensor(String name);

  /** The free-form strings that were stored beside the tensors. */
  Map<String, String> metadata();
}
