package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.EngineException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MicroBatchingTest {
  private static final int MASK = 10;
  private static final ParameterLayout LAYOUT =
      new ParameterLayout(
          new NetworkConfig(
              11,
              16,
              2,
              4,
              4,
              4,
              24,
              8,
              1e-5,
              100,
              true,
              AttentionMode.BIDIRECTIONAL,
              MASK,
              -1,
              0));

  /** Sequences of 8 tokens; sequence b masks its first b places, its weights are 1/(b + 1). */
  private static TokenBatch batch(int sequences) {
    var inputs = new int[sequences * 8];
    List<Integer> rows = new ArrayList<>();
    for (var i = 0; i < inputs.length; i++) {
      var masked = i % 8 < i / 8;
      inputs[i] = masked ? MASK : i * 7 % MASK;
      if (masked) {
        rows.add(i);
      }
    }
    var weights = new float[rows.size()];
    for (var n = 0; n < weights.length; n++) {
      weights[n] = 1f / (rows.get(n) / 8 + 1);
    }
    return new TokenBatch(
        sequences,
        8,
        inputs,
        rows.stream().mapToInt(r -> r).toArray(),
        rows.stream().mapToInt(r -> r * 7 % MASK).toArray(),
        weights);
  }

  /** A device whose memory holds a number of sequences; it fails after it has done some damage. */
  private static final class SmallDevice implements MicroBatching.Device<TokenBatch> {
    private int holds;
    private int spare;
    private final List<Integer> firstInputs = new ArrayList<>();
    private final List<Long> seeds = new ArrayList<>();
    private double weight;
    private int failures;

    SmallDevice(int holds) {
      this.holds = holds;
    }

    @Override
    public void accumulate(TokenBatch batch, long seed) {
      for (var w : batch.weights()) {
        weight += w;
      }
      if (batch.batch() > holds) {
        failures++;
        throw new EngineException("CUDA out of memory. Tried to allocate 2.00 GiB.");
      }
      for (var b = 0; b < batch.batch(); b++) {
        firstInputs.add(batch.inputs()[b * 8 + 7]);
      }
      seeds.add(seed);
    }

    @Override
    public boolean giveBack() {
      var any = spare > 0;
      holds += spare;
      spare = 0;
      return any;
    }

    @Override
    public void discard() {
      firstInputs.clear();
      seeds.clear();
      weight = 0;
    }
  }

  @Test
  void memoryThatRunsOutHalvesWhatIsComputedAtATimeAndTheStepStaysTheSame() {
    var device = new SmallDevice(3);
    var batching = new MicroBatching(8);
    var batches = List.of(batch(8), batch(8));
    batching.accumulate(device, batches, new long[] {5, 6});
    assertThat(batching.sequences()).isEqualTo(2);
    assertThat(device.failures).isEqualTo(2); // at 8 and at 4
    var roomy = new SmallDevice(8);
    new MicroBatching(8).accumulate(roomy, batches, new long[] {5, 6});
    assertThat(device.firstInputs).hasSize(16).isEqualTo(roomy.firstInputs);
    assertThat(device.weight).isCloseTo(roomy.weight, within(1e-6));
    assertThat(device.seeds).hasSize(8).doesNotHaveDuplicates().startsWith(5L).contains(6L);
    assertThat(roomy.seeds).containsExactly(5L, 6L);

    batching.accumulate(device, batches, new long[] {7, 8});
    assertThat(device.failures).as("it is remembered").isEqualTo(2);
  }

  @Test
  void memoryThatADeviceCanDoWithoutIsGivenBackBeforeFewerSequencesAreComputed() {
    var device = new SmallDevice(4);
    device.spare = 4;
    var batching = new MicroBatching(8);
    batching.accumulate(device, List.of(batch(8)), new long[] {5});
    assertThat(batching.sequences()).isEqualTo(8);
    assertThat(device.failures).isEqualTo(1);
    var roomy = new SmallDevice(8);
    new MicroBatching(8).accumulate(roomy, List.of(batch(8)), new long[] {5});
    assertThat(device.weight).as("counted once").isEqualTo(roomy.weight);
    assertThat(device.seeds).containsExactly(5L);

    device.holds = 4;
    batching.accumulate(device, List.of(batch(8)), new long[] {7});
    assertThat(batching.sequences()).as("there is nothing more to give back").isEqualTo(4);
  }

  @Test
  void oneSequenceThatDoesNotFitEndsTheRun() {
    var batching = new MicroBatching(6);
    assertThatThrownBy(
            () -> batching.accumulate(new SmallDevice(0), List.of(batch(6)), new long[1]))
        .isInstanceOf(TrainingHaltedException.class)
        .hasMessageStartingWith("the device's memory does not hold one sequence; ");
    assertThat(batching.sequences()).isEqualTo(1);
  }

  @Test
  void anotherFailureIsNotTakenForIt() {
    var batching = new MicroBatching(6);
    assertThatThrownBy(
            () ->
                batching.crossEntropy(
                    batch(6),
                    part -> {
                      throw new EngineException("CUDA error: an illegal memory access");
                    }))
        .isInstanceOf(EngineException.class);
    assertThat(batching.sequences()).isEqualTo(6);
  }

  @Test
  void theEnginesOwnWordsAreUnderstood() {
    try (var kernels = Kernels.open(Device.CPU);
        var scope = kernels.scope()) {
      // 2^48 bytes are more than a process can address.
      var failure =
          catchThrowableOfType(
              EngineException.class,
              () ->
                  kernels.call("to_float32", scope).tensors(List.of(scope.zeros(1L << 46))).run());
      assertThat(MicroBatching.outOfMemory(failure)).as(failure.getMessage()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 8})
  void portionsAddUpToTheSameGradientAndTheSameLosses(int sequences) {
    var batch = batch(8);
    var weights = Initialization.of(LAYOUT, 3);
    for (var i = 0; i < LAYOUT.decayed(); i++) {
      weights[i] *= 15; // large enough that every part of the network matters
    }
    try (var kernels = Kernels.open(Device.CPU);
        var whole = network(kernels, weights);
        var portioned = network(kernels, weights)) {
      whole.accumulate(batch, 0);
      var batching = new MicroBatching(sequences);
      batching.accumulate(device(portioned), List.of(batch), new long[1]);
      assertSame(portioned.gradient(), whole.gradient());
      var losses = batching.crossEntropy(batch, part -> portioned.crossEntropy(part, false));
      assertSame(losses, whole.crossEntropy(batch, false));
    }
  }

  @Test
  void aCallThatFailedHalfWayLeavesNothingBehind() {
    var batch = batch(8);
    var targets = batch.targets().clone();
    targets[targets.length - 1] = 11; // outside the vocabulary: found when gradients are on
    var broken = new TokenBatch(8, 8, batch.inputs(), batch.rows(), targets, batch.weights());
    var weights = Initialization.of(LAYOUT, 3);
    try (var kernels = Kernels.open(Device.CPU);
        var once = network(kernels, weights);
        var again = network(kernels, weights)) {
      again.accumulate(batch, 0);
      assertThatThrownBy(() -> again.accumulate(broken, 0)).isInstanceOf(EngineException.class);
      assertThat(again.drain()).isEmpty();
      again.discard();
      assertThat(again.gradient()).containsOnly(0);
      again.accumulate(batch, 0);
      once.accumulate(batch, 0);
      assertThat(again.gradient()).isEqualTo(once.gradient());
    }
  }

  private static NetworkOnDevice network(Kernels kernels, float[] weights) {
    return new NetworkOnDevice(
        kernels, LAYOUT, Numerics.exact(), OptimizerState.first(weights.clone()));
  }

  private static MicroBatching.Device<TokenBatch> device(NetworkOnDevice network) {
    return new MicroBatching.Device<>() {
      @Override
      public void accumulate(TokenBatch batch, long seed) {
        network.accumulate(batch, seed);
      }

      @Override
      public void discard() {
        network.discard();
      }
    };
  }

  private static void assertSame(float[] found, float[] expected) {
    assertThat(found).hasSameSizeAs(expected);
    for (var i = 0; i < found.length; i++) {
      // Sums of at most 28 float32 rows in another order; gradients and losses are below 10.
      assertThat(found[i]).isCloseTo(expected[i], within(2e-5f));
    }
  }
}
