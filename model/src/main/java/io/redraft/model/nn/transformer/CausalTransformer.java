package io.redraft.model.nn.transformer;

import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.CausalModel;
import io.redraft.model.decode.CounterRandom;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.TensorList;
import java.util.ArrayList;
import java.util.Collections;
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
  public List<NextToken> extend(List<ExtendTask> batch) {
    if (closed) {
      throw new IllegalStateException("the model is closed");
    }
    batch.forEach(this::check);
    var results = new ArrayList<NextToken>(batch.size());
    batch.forEach(task -> results.add(extend(task)));
    return results;
  }

  private NextToken extend(ExtendTask task) {
    try (DeviceScope scope = network.kernels().scope()) {
      Sequence sequence = sequences.computeIfAbsent(task.sequence(), name -> new Sequence());
      int end = sequence.length + task.tokens().length;
      reserve(sequence, end, scope);
      var row =
          new RowPlan.Row(
              0, CounterRandom.key(task.seed(), 0, end), task.sampling(), -1, config.maskToken());
      var plan = new RowPlan(Collections.singletonList(row));
      var drawn =
          plan.read(
              network
                  .call("extend", scope)
                  .tensors(sequence.cache)
                  .tensor(PreparedNetwork.canvases(scope, List.of(task.tokens())))
                  .integer(sequence.length)
                  .tensor(plan.lines(scope))
                  .tensor(plan.reals(scope))
                  .integer(plan.depths()[0])
                  .integers(network.shape())
                  .number(config.normEpsilon())
                  .integer(config.maskToken())
                  .flag(network.packed())
                  .runOne());
      sequence.length = end;
      return new NextToken(drawn.tokens()[0], drawn.confidences()[0], drawn.entropies()[0]);
    }
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
    int length = (sequence == null ? 0 : sequence.length) + task.tokens().length;
    if (length > config.contextLength()) {
      throw InvalidInputException.of(
          "length", length + " tokens", "at most the model's context of " + config.contextLength());
    }
    for (int token : task.tokens()) {
      if (token < 0 || token >= config.vocabularySize()) {
        throw new IllegalArgumentException("token " + token + " is not in the vocabulary");
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
