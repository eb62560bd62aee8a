package io.redraft.model.train.layerwise;

import io.redraft.model.objective.TokenBatch;
import io.redraft.model.train.BatchPlan;
import io.redraft.model.train.stage.StageBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What every step of a stage that reads ids sees. With a consistency loss, the same texts with
 * fewer masks beside it: a token that is visible to the new blocks is visible to the next, too,
 * since both are drawn with the same random numbers.
 *
 * @param plan what the stage reads
 * @param lessMasked the same texts as the blocks behind those that learn have read them, if that
 *     counts
 */
record StageBatches(BatchPlan plan, Optional<BatchPlan> lessMasked) implements StageStream {
  /** Ids are there. */
  @Override
  public void fill(long step) {}

  @Override
  public List<StageBatch> step(long step) {
    var tokens = plan.step(step);
    var fewer = lessMasked.map(other -> other.step(step));
    var batches = new ArrayList<StageBatch>(tokens.size());
    for (var i = 0; i < tokens.size(); i++) {
      var at = i;
      var ids = fewer.map(others -> others.get(at)).map(TokenBatch::inputs).orElse(new int[0]);
      batches.add(new StageBatch(tokens.get(i), Optional.empty(), ids, 1.0 / tokens.size()));
    }
    return batches;
  }

  @Override
  public double passes(long step) {
    return plan.passes(step);
  }

  @Override
  public void close() {}
}
