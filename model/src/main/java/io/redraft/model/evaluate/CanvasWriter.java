package io.redraft.model.evaluate;

import io.redraft.model.decode.DecodePlan;
import java.util.List;
import java.util.function.LongConsumer;

/** A model's writing side: unfinished canvases in, finished ones out. */
@FunctionalInterface
public interface CanvasWriter {
  /**
   * Carries out plans; a plan's result does not depend on the others.
   *
   * @param progress told how many canvases are finished
   * @return a canvas's tokens up to the end of text, one entry a plan, in order
   */
  List<int[]> write(List<DecodePlan> plans, LongConsumer progress);
}
