package io.redraft.model.train.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.train.config.Configs;
import io.redraft.model.train.config.TrainingConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunPlanTest {
  private static final long TOKENS = 1000;

  private static TrainingConfig config(String... overrides) {
    List<String> all = new ArrayList<>(List.of("curriculum.direction=left-to-right"));
    all.addAll(Arrays.asList(overrides));
    return Configs.of(
        """
        data: {format: synthetic}
        model: {width: 32, heads: 2, layers: 4, context: 16, feed_forward_width: 64, tied_head: false}
        training: {batch: 2, steps: 400}
        """,
        all);
  }

  private static NetworkConfig network(TrainingConfig config) {
    return config.model().network(258, 257, 256);
  }

  private static PlannedDevice device(long memory, double flops) {
    return new PlannedDevice("a device", memory, flops, ComputeType.FLOAT32);
  }

  private static RunPlan plan(TrainingConfig config, double flops) {
    return RunPlan.of(config, network(config), device(0, flops), TOKENS);
  }

  @Test
  void aWholeNetworkHasTheOperationsThatEndToEndTrainingHas() {
    var config = config("curriculum.joint_final=1", "curriculum.block=2");
    var network = network(config);
    var joint = plan(config, 1e9).stages().get(2);
    // 6 a weight of a block and token, 12 · T · width for attention, 6 a weight of the head and row
    // asked about: half of (0.999e-3 + 0.999) of the 32 tokens of a step.
    var blocks = network.parameters() - 2L * 258 * 32 - 32;
    var expected = 32 * (6.0 * blocks + 12.0 * 4 * 16 * 32) + 32 * 0.4999995 * 6 * 258 * 32;
    assertThat(joint.flops()).isCloseTo(expected, within(1.0));
    assertThat(joint.seconds()).isCloseTo(expected / 1e9, within(1e-9));
  }

  @Test
  void aFrozenTrunkIsComputedForwardOnly() {
    var config = config("curriculum.head=anchored");
    var last = plan(config, 1e9).stages().get(3);
    double block = 2 * 32 * 32 + 2 * 32 * 32 + 3 * 32 * 64 + 64;
    double attention = 4 * 16 * 32;
    var trunk = 3 * (2 * block + attention);
    var learning = 6 * block + 3 * attention;
    var head = (0.999 + 0.999e-3) / 2 * 4 * 258 * 32;
    assertThat(last.flops()).isCloseTo(100 * 32 * (trunk + learning + head), within(10.0));
  }

  @Test
  void aCacheTakesTwoBytesANumberTokenAndMask() {
    var config = config("curriculum.cache=disk", "curriculum.cache_realisations=3");
    var stages = plan(config, 1e9).stages();
    assertThat(stages.get(0).cache()).isZero();
    assertThat(stages.get(1).cache()).isEqualTo(1000L * 32 * 2 * 3);
    // Time is that of the operations and of reading 100 steps of 32 tokens from the disk.
    var reading = 100 * 32 * 64 / 2e9;
    assertThat(stages.get(1).seconds())
        .isCloseTo(stages.get(1).flops() / 1e9 + reading, within(1e-12));
  }

  @Test
  void aCacheBeyondItsLimitIsRefused() {
    var config = config("curriculum.cache=disk", "curriculum.cache_limit=60 kB");
    assertThatThrownBy(() -> plan(config, 1e9))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(
            "curriculum.cache_limit is 58.6 KiB; allowed: 62.5 KiB or more, for the cache of stage"
                + " 2, append-1 (1000 tokens x 32 x 2 bytes x 1 masks)");
  }

  @Test
  void streamsOfTheHeldOutTextAreCountedWhereAStageReadsACache() {
    var config = config("curriculum.cache=disk", "training.evaluate_masks=5");
    var plan = RunPlan.of(config, network(config), device(0, 1e9), TOKENS, 100);
    // 7 chunks of 16 tokens under 5 masks; each 16 x 32 numbers of 2 bytes, and 24 in the index.
    assertThat(plan.heldOut()).isEqualTo(7 * 5 * (16 * 32 * 2 + 24));

    var none = config("curriculum.cache=disk", "training.evaluate_every=0");
    assertThat(RunPlan.of(none, network(none), device(0, 1e9), TOKENS, 100).heldOut()).isZero();
    var computed = config();
    assertThat(RunPlan.of(computed, network(computed), device(0, 1e9), TOKENS, 100).heldOut())
        .isZero();
  }

  @Test
  void streamsOfTheHeldOutTextBeyondTheLimitAreRefused() {
    var config =
        config(
            "curriculum.cache=disk", "curriculum.cache_limit=64 kB", "training.evaluate_masks=9");
    // The training text takes 64,000 bytes; 7 x 9 x 1,048 are 66,024.
    assertThat(plan(config, 1e9).heldOut()).isZero();
    assertThatThrownBy(() -> RunPlan.of(config, network(config), device(0, 1e9), TOKENS, 100))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("training.evaluate_masks is 9; allowed: fewer")
        .hasMessageContaining("66024 bytes (64.5 KiB), and the limit is 64000");
  }

  @Test
  void autoReadsFromDiskWhereThatIsFasterThanComputingAndFits() {
    var slowDevice = plan(config("curriculum.cache=auto"), 1e6);
    assertThat(slowDevice.stages())
        .extracting(s -> s.stage().mechanics().cached())
        .containsExactly(false, true, true, true);
    var fastDevice = plan(config("curriculum.cache=auto"), 1e15);
    assertThat(fastDevice.stages()).noneMatch(s -> s.stage().mechanics().cached());
    var small = plan(config("curriculum.cache=auto", "curriculum.cache_limit=60 kB"), 1e6);
    assertThat(small.stages()).noneMatch(s -> s.stage().mechanics().cached());
    // Fewer tokens read than a cache has masks: filling it would cost what it saves.
    var few = plan(config("curriculum.cache=auto", "training.steps=80"), 1e6);
    assertThat(few.stages()).noneMatch(s -> s.stage().mechanics().cached());
  }

  @Test
  void aStageThatADeviceCannotHoldIsNamedWithItsBytes() {
    var config = config("curriculum.block=2");
    var stages = plan(config, 1e9).stages();
    long needed = stages.get(1).memory().total();
    assertThat(stages.get(0).memory().total()).isLessThan(needed);
    RunPlan.of(config, network(config), device(needed, 1e9), TOKENS).refuseBeyondMemory();
    assertThatThrownBy(
            () ->
                RunPlan.of(config, network(config), device(needed - 1, 1e9), TOKENS)
                    .refuseBeyondMemory())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("stage 2, append-2, is %d bytes".formatted(needed))
        .hasMessageContaining("allowed: %d bytes".formatted(needed - 1))
        .hasMessageContaining("the memory of a device");
  }
}
