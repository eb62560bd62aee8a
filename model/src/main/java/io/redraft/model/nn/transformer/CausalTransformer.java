package io.redraft.model.nn.transformer;

import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.CausalModel;
import io.redraft.model.decode.CounterRandom;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.TensorList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A Transformer as a {@link CausalModel}. Every sequence has a key/value cache of its own that
 * grows in steps of {@link #CACHE_STEP} places, and is computed by itself, so that a batch never
 * changes a result.
 */
public final class CausalTransformer implements CausalModel {
  /** Places by which a sequence's cache grows. */
  static final int CACHE_STEP = 256;

  private static final class Sequence {
    private TensorList cache;
    private int places;
    private int length;
  }

  private final PreparedNetwork network;
  private final NetworkConfig config;
  private final Map<Long, Sequence> sequences = new HashMap<>();
  private boolean closed;

  /** A causal model over a network; closes it when it is closed. */
  public CausalTransformer(PreparedNetwork network) {
    this.network = network;
    this.config = network.config();
    if (config.attention() != AttentionMode.CAUSAL) {
      throw new IllegalArgumentException("a bidirectional network cannot write left to right");
    }
  }

  @Override
  public NetworkConfig config() {
    return config;
  }

  /** The network itself, for evaluation. */
  public PreparedNetwork network() {
    return network;
  }

  /**
   * {@inheritDoc}
   *
   * @throws InvalidInputException if a sequence would become longer than the context; nothing is
   *     appended then
   */
  @Override
  public List<Candidates> extend(List<ExtendTask> batch) {
    if (closed) {
      throw new IllegalStateException("the model is closed");
    }
    batch.forEach(this::check);
    var results = new ArrayList<Candidates>(batch.size());
    batch.forEach(task -> results.add(extend(task)));
    return results;
  }

  private Candidates extend(ExtendTask task) {
    try (DeviceScope scope = network.kernels().scope()) {
      Sequence sequence = sequences.computeIfAbsent(task.sequence(), name -> new Sequence());
      int end = task.kept() + task.tokens().length;
      sequence.length = task.kept();
      reserve(sequence, end, scope);
      var plan = new RowPlan(rows(task), network.kernels().device());
      var drawn =
          plan.read(
              network
                  .call("extend", scope)
                  .tensors(sequence.cache)
                  .tensor(PreparedNetwork.canvases(scope, List.of(task.tokens())))
                  .integer(task.kept())
                  .integer(task.together())
                  .tensor(plan.lines(scope))
                  .tensor(plan.reals(scope))
                  .integers(plan.runs())
                  .integers(plan.limits())
                  .integers(network.shape())
                  .number(config.normEpsilon())
                  .integer(config.maskToken())
                  .flag(network.packed())
                  .runOne());
      sequence.length = end;
      return new Candidates(
          task.positions(), drawn.tokens(), drawn.confidences(), drawn.entropies());
    }
  }

  private List<RowPlan.Row> rows(ExtendTask task) {
    var rows = new ArrayList<RowPlan.Row>();
    int[] positions = task.positions();
    for (int i = 0; i < positions.length; i++) {
      rows.add(
          new RowPlan.Row(
              task.rows()[i],
              CounterRandom.key(task.seed(), 0, positions[i]),
              task.sampling(),
              task.given()[i],
              config.maskToken()));
    }
    return rows;
  }

  private void reserve(Sequence sequence, int length, DeviceScope scope) {
    if (length <= sequence.places) {
      return;
    }
    int steps = (length + CACHE_STEP - 1) / CACHE_STEP;
    int places = Math.min(config.contextLength(), steps * CACHE_STEP);
    if (sequence.cache == null) {
      sequence.cache =
          network
              .call("new_cache", scope)
              .integer(config.layers())
              .integer(places)
              .integers(network.shape())
              .runList();
    } else {
      try (TensorList old = sequence.cache) {
        sequence.cache =
            network
                .call("grown_cache", scope)
                .tensors(old)
                .integer(places)
                .integers(network.shape())
                .runList();
      }
    }
    sequence.places = places;
  }

  private void check(ExtendTask task) {
    if (task.tokens().length == 0) {
      throw new IllegalArgumentException("nothing to append to sequence " + task.sequence());
    }
    Sequence sequence = sequences.get(task.sequence());
    int cached = sequence == null ? 0 : sequence.length;
    if (task.kept() < 0 || task.kept() > cached) {
      throw new IllegalStateException(
          "%d tokens of sequence %d are kept, %d are cached"
              .formatted(task.kept(), task.sequence(), cached));
    }
    int length = task.kept() + task.tokens().length;
    if (length > config.contextLength()) {
      throw InvalidInputException.of(
          "length", length + " tokens", "at most the model's context of " + config.contextLength());
    }
    for (int token : task.tokens()) {
      if (token < 0 || token >= config.vocabularySize()) {
        throw new IllegalArgumentException("token " + token + " is not in the vocabulary");
      }
    }
    for (int i = 0; i < task.rows().length; i++) {
      if (task.rows()[i] < 0
          || task.rows()[i] >= task.tokens().length
          || task.given()[i] >= config.vocabularySize()) {
        throw new IllegalArgumentException(
            "token %d behind row %d".formatted(task.given()[i], task.rows()[i]));
      }
    }
  }

  @Override
  public void release(long sequence) {
    Sequence released = sequences.remove(sequence);
    if (released != null && released.cache != null) {
      released.cache.close();
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      List.copyOf(sequences.keySet()).forEach(this::release);
      network.close();
    }
  }
}
