package io.redraft.model.train.curriculum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.Choice;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.objective.Objective;
import io.redraft.model.train.config.Configs;
import io.redraft.model.train.config.FrozenStorage;
import io.redraft.model.train.config.TrainingConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class CurriculumPlannerTest {
  private static final String YAML =
      "data: {format: synthetic}\nmodel: {width: 16, heads: 2, layers: 6}";

  private static TrainingConfig config(String... curriculum) {
    return Configs.of(
        YAML,
        Arrays.stream(curriculum)
            .map(key -> key.matches("[a-z_]+=.*") ? "curriculum." + key : key)
            .toList());
  }

  private static NetworkConfig network(TrainingConfig config) {
    return config.model().network(258, 257, 256);
  }

  private static List<Stage> plan(String... curriculum) {
    var config = config(curriculum);
    return CurriculumPlanner.plan(config, network(config));
  }

  private static List<String> names(List<Stage> stages) {
    return stages.stream().map(Stage::name).toList();
  }

  @Test
  void theLastPhaseHasTheNumberOfTheLastStage() {
    String[][] curricula = {
      {"direction=right-to-left"},
      {"direction=right-to-left", "joint_final=3"},
      {"direction=right-to-left", "curriculum.joint.every=2", "curriculum.joint.steps=1"},
      {
        "direction=right-to-left",
        "curriculum.joint.every=2",
        "curriculum.joint.steps=1",
        "joint_final=3"
      },
      {
        "direction=right-to-left",
        "curriculum.joint.every=4",
        "curriculum.joint.steps=1",
        "joint_final=3"
      },
      {
        "direction=left-to-right", "block=2", "curriculum.joint.every=2", "curriculum.joint.steps=1"
      },
    };
    for (var curriculum : curricula) {
      var config = config(curriculum);
      var stages = CurriculumPlanner.plan(config, network(config));
      assertThat(config.curriculum().phases()).isEqualTo(stages.size());
      var without = config.curriculum().withoutFinalPhase();
      var last = stages.get(stages.size() - 1);
      assertThat(without.joint().finalSteps()).isZero();
      if (last.name().equals("joint")) {
        assertThat(without.depth(config.objective().levels()).none()).isFalse();
        assertThat(config.curriculum().depth(config.objective().levels()).none()).isTrue();
      }
    }
  }

  @Test
  void depthIsNoTimeAnyMoreWhereverThePhaseOfAllBlocksAfterTheLastStageComesFrom() {
    for (var time : List.of("depth", "hybrid")) {
      for (var every : List.of(1, 2, 3, 6)) {
        var config =
            config(
                "direction=right-to-left",
                "time=" + time,
                "curriculum.joint.every=" + every,
                "curriculum.joint.steps=1");
        var last = CurriculumPlanner.plan(config, network(config)).get(6 + 6 / every - 1);
        assertThat(last.kind()).isEqualTo(Stage.Kind.JOINT);
        assertThat(last.trained()).isEqualTo(new BlockSpan(0, 6));
        assertThat(config.curriculum().depth(config.objective().levels()).none()).isTrue();
      }
      // One that never comes leaves the stages as they are.
      var config =
          config(
              "direction=right-to-left",
              "time=" + time,
              "curriculum.joint.every=7",
              "curriculum.joint.steps=1");
      assertThat(CurriculumPlanner.plan(config, network(config))).hasSize(6);
      assertThat(config.curriculum().depth(config.objective().levels()).ratios())
          .isEqualTo(config.curriculum().ratios());
    }
  }

  @Test
  void depthAsTimePrependsBeforeAFrozenSuffixWithAnAnchoredHead() {
    var stages = plan("direction=right-to-left", "steps=10");
    assertThat(names(stages))
        .containsExactly(
            "prepend-5", "prepend-4", "prepend-3", "prepend-2", "prepend-1", "prepend-0");
    double[] lightToHeavy = {0.15, 0.25, 0.40, 0.55, 0.75, 1.00};
    for (var i = 0; i < 6; i++) {
      var stage = stages.get(i);
      assertThat(stage.executed()).isEqualTo(new BlockSpan(5 - i, 6));
      assertThat(stage.trained()).isEqualTo(new BlockSpan(5 - i, 6 - i));
      assertThat(stage.lowestRatio()).isEqualTo(lightToHeavy[i]).isEqualTo(stage.highestRatio());
      assertThat(stage.embeddings()).isEqualTo(i == 0).isEqualTo(stage.head());
      assertThat(stage.mechanics()).isEqualTo(Mechanics.PLAIN);
    }
  }

  @Test
  void appendingSeesAllNoiseLevelsAndLearnsHeadAndEmbeddingsInEveryStage() {
    var stages = plan("direction=left-to-right", "block=2");
    assertThat(names(stages)).containsExactly("append-0", "append-2", "append-4");
    assertThat(stages.get(2).executed()).isEqualTo(new BlockSpan(0, 6));
    assertThat(stages.get(2).trained()).isEqualTo(new BlockSpan(4, 6));
    for (var stage : stages) {
      // Log-linear noise, α(t) = 1 − 0.999 t, for t from 0.001 to 1.
      assertThat(stage.lowestRatio()).isCloseTo(0.999e-3, within(1e-12));
      assertThat(stage.highestRatio()).isCloseTo(0.999, within(1e-12));
      assertThat(stage.embeddings()).isTrue();
      assertThat(stage.head()).isTrue();
    }
    assertThat(plan("direction=left-to-right", "freeze=false").get(3).trained())
        .isEqualTo(new BlockSpan(0, 4));
  }

  @Test
  void noiseBandsShareAlphaEquallyTheLeftmostTheNoisiest() {
    var stages = plan("direction=noise-bands");
    assertThat(names(stages))
        .containsExactly("band-5", "band-4", "band-3", "band-2", "band-1", "band-0");
    for (var i = 0; i < 6; i++) {
      var stage = stages.get(i);
      assertThat(stage.executed())
          .isEqualTo(stage.trained())
          .isEqualTo(new BlockSpan(5 - i, 6 - i));
      assertThat(stage.highestRatio() - stage.lowestRatio()).isCloseTo(0.998001 / 6, within(1e-12));
      assertThat(stage.head()).isEqualTo(i == 0).isEqualTo(stage.embeddings());
      if (i > 0) {
        assertThat(stage.lowestRatio()).isCloseTo(stages.get(i - 1).highestRatio(), within(1e-12));
      }
    }
    assertThat(stages.get(0).lowestRatio()).isCloseTo(0.999e-3, within(1e-12));
    assertThat(stages.get(5).highestRatio()).isCloseTo(0.999, within(1e-12));
  }

  @Test
  void aHybridStageHasABandAroundItsRatio() {
    var stages = plan("direction=right-to-left", "time=hybrid", "band=0.2");
    assertThat(stages.get(1).lowestRatio()).isCloseTo(0.15, within(1e-12)); // 0.25 − 0.1
    assertThat(stages.get(1).highestRatio()).isCloseTo(0.35, within(1e-12));
    assertThat(stages.get(5).highestRatio()).isEqualTo(1); // not 1.1
  }

  @Test
  void jointPhasesFollowEverySoManyStagesAndTheLastSeesAllNoise() {
    var stages =
        plan(
            "direction=right-to-left",
            "steps=10",
            "curriculum.joint.every=2",
            "curriculum.joint.steps=4",
            "curriculum.joint.learning_rate_factor=0.5",
            "joint_final=7");
    assertThat(names(stages))
        .containsExactly(
            "prepend-5",
            "prepend-4",
            "joint-1",
            "prepend-3",
            "prepend-2",
            "joint-2",
            "prepend-1",
            "prepend-0",
            "joint");
    var second = stages.get(5);
    assertThat(second.executed()).isEqualTo(new BlockSpan(2, 6)).isEqualTo(second.trained());
    assertThat(second.lowestRatio()).isEqualTo(0.15);
    assertThat(second.highestRatio()).isEqualTo(0.55);
    assertThat(second.steps()).isEqualTo(4);
    var last = stages.get(8);
    assertThat(last.executed()).isEqualTo(new BlockSpan(0, 6));
    assertThat(last.lowestRatio()).isCloseTo(0.999e-3, within(1e-12));
    assertThat(last.steps()).isEqualTo(7);
    assertThat(last.head() && last.embeddings()).isTrue();
  }

  @Test
  void mechanicsHoldWhereTheyHaveSomethingToActOn() {
    var stages =
        plan(
            "direction=right-to-left",
            "curriculum.adapters.rank=4",
            "frozen=int8",
            "consistency=0.1",
            "residual_gain=0.5");
    assertThat(stages.get(0).mechanics())
        .isEqualTo(new Mechanics(0, 1, FrozenStorage.COMPUTE, false, 0.5, 0, false, false));
    assertThat(stages.get(1).mechanics())
        .isEqualTo(new Mechanics(4, 1, FrozenStorage.INT8, false, 0.5, 0.1, false, false));
  }

  @Test
  void everyWayToHoldFrozenBlocksHasItsNameInTheSettings() {
    for (var frozen : FrozenStorage.values()) {
      var stages =
          plan(
              "direction=right-to-left",
              "curriculum.adapters.rank=4",
              "frozen=" + Choice.key(frozen));
      assertThat(stages.get(1).mechanics().frozen()).isEqualTo(frozen);
    }
  }

  @Test
  void aStreamIsCachedFromTheSecondStageOn() {
    var stages = plan("direction=left-to-right", "model.tied_head=false", "cache=disk");
    assertThat(stages.stream().map(s -> s.mechanics().cached()))
        .containsExactly(false, true, true, true, true, true);
    var auto = config("direction=left-to-right", "model.tied_head=false", "cache=auto");
    assertThat(CurriculumPlanner.plan(auto, network(auto), s -> s.number() > 3))
        .extracting(s -> s.mechanics().cached())
        .containsExactly(false, false, false, true, true, true);
  }

  @Test
  void aStageHasItsOwnObjectiveAndJointPhasesTheirOwnRate() {
    var config =
        config(
            "direction=right-to-left",
            "block=3",
            "objectives=[mlm, masked-mean]",
            "steps=[5, 6]",
            "joint_final=2",
            "curriculum.joint.learning_rate_factor=0.5");
    var stages = CurriculumPlanner.plan(config, network(config));
    var own = stages.stream().map(stage -> StageConfig.of(config, stage)).toList();
    assertThat(own)
        .extracting(c -> c.objective().kind())
        .containsExactly(Objective.MLM, Objective.MASKED_MEAN, Objective.NELBO);
    assertThat(own).extracting(c -> c.training().steps()).containsExactly(5L, 6L, 2L);
    assertThat(own)
        .extracting(c -> c.optimizer().learningRate())
        .containsExactly(3e-4, 3e-4, 1.5e-4);
  }

  @Test
  void aRunWithoutACurriculumHasNoStages() {
    assertThatThrownBy(() -> plan("direction=none"))
        .hasMessageStartingWith("curriculum.direction is none; allowed: left-to-right,");
  }

  /** A combination of S0's axes: direction and time, freezing, and what else there is. */
  record Combination(
      String axes, int layers, int block, String head, String freeze, int every, int last) {}

  @Provide
  Arbitrary<Combination> combinations() {
    return Combinators.combine(
            Arbitraries.of(
                "left-to-right input",
                "left-to-right depth",
                "right-to-left input",
                "right-to-left depth",
                "right-to-left hybrid",
                "noise-bands depth",
                "noise-bands hybrid"),
            Arbitraries.integers().between(2, 12),
            Arbitraries.integers().between(1, 4),
            Arbitraries.of("trained", "anchored"),
            Arbitraries.of("true", "false"),
            Arbitraries.integers().between(0, 3),
            Arbitraries.integers().between(0, 5))
        .as(Combination::new)
        .filter(c -> c.layers % c.block == 0 && c.layers > c.block)
        .filter(c -> c.freeze.equals("true") || c.axes.startsWith("left"))
        .filter(c -> !c.axes.startsWith("noise") || c.every + c.last == 0)
        .filter(c -> !c.axes.startsWith("noise") || c.head.equals("anchored"))
        .filter(c -> c.axes.endsWith("input") || c.freeze.equals("false") || endsAsItBegan(c));
  }

  /** No joint phase is followed by a stage, or one of all blocks comes last. */
  private static boolean endsAsItBegan(Combination c) {
    var stages = c.layers / c.block;
    return c.every == 0 || c.every >= stages || stages % c.every == 0 || c.last > 0;
  }

  @Property(tries = 400)
  void everyCombinationTrainsEveryBlockOnItsRatiosForItsSteps(
      @ForAll("combinations") Combination c) {
    var axes = c.axes.split(" ");
    List<String> keys =
        new ArrayList<>(
            List.of(
                "model.layers=" + c.layers,
                "direction=" + axes[0],
                "time=" + axes[1],
                "block=" + c.block,
                "head=" + c.head,
                "freeze=" + c.freeze,
                "curriculum.joint.every=" + c.every,
                "curriculum.joint.steps=" + (c.every > 0 ? 2 : 0),
                "joint_final=" + c.last,
                "training.steps=100"));
    var config = config(keys.toArray(String[]::new));
    var stages = CurriculumPlanner.plan(config, network(config));
    var grown = stages.stream().filter(s -> s.kind() != Stage.Kind.JOINT).toList();
    var count = c.layers / c.block;
    assertThat(grown).hasSize(count);
    assertThat(grown.stream().mapToLong(Stage::steps).sum()).isEqualTo(100);
    assertThat(new HashSet<>(names(stages))).hasSameSizeAs(stages);
    assertThat(stages.stream().map(Stage::number).toList())
        .isEqualTo(java.util.stream.IntStream.rangeClosed(1, stages.size()).boxed().toList());

    Set<Integer> committed = new HashSet<>();
    for (var stage : stages) {
      Set<Integer> before = Set.copyOf(committed);
      for (var block = stage.trained().from(); block < stage.trained().to(); block++) {
        committed.add(block);
      }
      for (var block = stage.executed().from(); block < stage.executed().to(); block++) {
        assertThat(committed).as("computes with what was never trained").contains(block);
      }
      checkGrowth(c, stage, before);
    }
    assertThat(committed).hasSize(c.layers);
    checkRatios(c, grown, config);
  }

  private static void checkGrowth(Combination c, Stage stage, Set<Integer> before) {
    if (stage.kind() == Stage.Kind.JOINT) {
      assertThat(stage.trained().size()).isEqualTo(before.size());
      assertThat(stage.head() && stage.embeddings()).isTrue();
      return;
    }
    var added = stage.trained().size() - (c.freeze.equals("true") ? 0 : before.size());
    assertThat(added).isEqualTo(c.block);
    assertThat(stage.executed().size())
        .isEqualTo(stage.kind() == Stage.Kind.BAND ? c.block : before.size() + c.block);
    var learns = before.isEmpty() || c.head.equals("trained");
    assertThat(stage.head()).isEqualTo(learns).isEqualTo(stage.embeddings());
  }

  private static void checkRatios(Combination c, List<Stage> grown, TrainingConfig config) {
    var fromTheLeft = new ArrayList<>(grown);
    fromTheLeft.sort(java.util.Comparator.comparingInt(s -> s.trained().to()));
    for (var i = 0; i < grown.size(); i++) {
      var stage = fromTheLeft.get(i);
      if (c.axes.endsWith("input")) {
        assertThat(stage.lowestRatio()).isEqualTo(config.objective().levels().lowest());
        assertThat(stage.highestRatio()).isEqualTo(config.objective().levels().highest());
      } else if (i > 0) {
        // The further left, the noisier.
        assertThat(stage.lowestRatio()).isLessThan(fromTheLeft.get(i - 1).lowestRatio());
      }
      if (c.axes.endsWith("depth") && !c.axes.startsWith("noise")) {
        assertThat(stage.lowestRatio())
            .isEqualTo(config.curriculum().ratios().get(i))
            .isEqualTo(stage.highestRatio());
      }
    }
  }
}
