package io.redraft.model.train.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.InvalidInputException;
import io.redraft.model.objective.Objective;
import io.redraft.model.train.config.CurriculumSettings.Learning;
import io.redraft.model.train.config.CurriculumSettings.Time;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CurriculumSettingsTest {
  private static TrainingConfig parse(String... overrides) {
    return TrainingConfigFile.parse(
        "run.yaml", "data: {format: synthetic}\nmodel: {layers: 6}", List.of(overrides));
  }

  private static TrainingConfig grown(String direction, String... overrides) {
    List<String> all = new ArrayList<>(List.of("curriculum.direction=" + direction));
    all.addAll(Arrays.asList(overrides));
    return parse(all.toArray(String[]::new));
  }

  private static TrainingConfig reread(TrainingConfig config) {
    return TrainingConfigFile.parse("c.yaml", TrainingConfigFile.dump(config), List.of());
  }

  @Test
  void withoutTheSectionANetworkIsTrainedAsAWholeAndOldRunsGoOn() {
    var config = parse();
    assertThat(config.curriculum().none()).isTrue();
    assertThat(config.resolved()).containsEntry("curriculum.direction", "none");
    assertThat(config.binding()).doesNotContainKey("curriculum.direction");
    assertThat(reread(config)).isEqualTo(config);
  }

  @Test
  void aRunDoesNotGoOnUnderAnotherCurriculum() {
    var began = grown("right-to-left").binding();
    assertThatThrownBy(
            () -> grown("right-to-left", "curriculum.band=0.1").refuseChangedSince(began))
        .hasMessage(
            "curriculum.band is 0.1; allowed: 0.0, which this run began with, or a new run.folder");
    assertThatThrownBy(() -> parse("curriculum.direction=left-to-right").refuseChangedSince(began))
        .hasMessageStartingWith("curriculum.direction is left-to-right; allowed: right-to-left,");
  }

  @ParameterizedTest
  @ValueSource(strings = {"left-to-right", "right-to-left", "noise-bands"})
  void whatIsRecordedReadsBackEqual(String direction) {
    var config = grown(direction, "training.steps=100");
    assertThat(reread(config)).isEqualTo(config);
    // 100 steps over 6 stages: four of 17, two of 16.
    assertThat(config.curriculum().steps()).containsExactly(17L, 17L, 17L, 17L, 16L, 16L);
  }

  @Test
  void everyKeyIsReadRecordedAndReadBack() {
    var config =
        grown(
            "right-to-left",
            "curriculum.time=hybrid",
            "curriculum.block=2",
            "curriculum.head=trained",
            "curriculum.ratios=[0.9, 0.5, 0.2]",
            "curriculum.band=0.3",
            "curriculum.steps=[5, 6, 7]",
            "curriculum.objectives=[mlm, nelbo, masked-mean]",
            "curriculum.adapters={rank: 4, scale: 0.5}",
            "curriculum.frozen=int4",
            "curriculum.spectral_norm=true",
            "curriculum.residual_gain=0.5",
            "curriculum.consistency=0.1",
            "curriculum.frozen_up_projections=true",
            "curriculum.joint={every: 2, steps: 3, learning_rate_factor: 0.25}",
            "curriculum.joint_final=9");
    var found = config.curriculum();
    assertThat(found.time()).isEqualTo(Time.HYBRID);
    assertThat(found.head()).isEqualTo(Learning.TRAINED);
    assertThat(found.ratios()).containsExactly(0.9, 0.5, 0.2);
    assertThat(found.steps()).containsExactly(5L, 6L, 7L);
    assertThat(found.objectives())
        .containsExactly(Objective.MLM, Objective.NELBO, Objective.MASKED_MEAN);
    assertThat(found.mechanics())
        .isEqualTo(new MechanicsSettings(4, 0.5, FrozenStorage.INT4, true, 0.5, 0.1, true));
    assertThat(found.joint()).isEqualTo(new JointSettings(2, 3, 9, 0.25));
    assertThat(reread(config)).isEqualTo(config);

    var cached =
        grown(
            "left-to-right",
            "model.tied_head=false",
            "curriculum.cache=disk",
            "curriculum.cache_realisations=3",
            "curriculum.cache_refresh=2",
            "curriculum.cache_limit=4 GiB",
            "curriculum.cache_bandwidth=500 MB");
    assertThat(cached.curriculum().cache())
        .isEqualTo(new CacheSettings(CacheSettings.Kind.DISK, 3, 2, 4L << 30, 500_000_000L));
    assertThat(cached.curriculum().embeddings()).isEqualTo(Learning.ANCHORED);
    assertThat(cached.curriculum().head()).isEqualTo(Learning.TRAINED);
    assertThat(reread(cached)).isEqualTo(cached);
  }

  @Test
  void theScheduleFallsFromAllMasksToFifteenPercent() {
    assertThat(grown("right-to-left").curriculum().ratios())
        .containsExactly(1.00, 0.75, 0.55, 0.40, 0.25, 0.15);
    var three = grown("right-to-left", "curriculum.block=2").curriculum().ratios();
    assertThat(three.get(0)).isEqualTo(1);
    assertThat(three.get(1)).isCloseTo(0.575, within(1e-12)); // half-way
    assertThat(three.get(2)).isCloseTo(0.15, within(1e-12));
    assertThat(grown("left-to-right").curriculum().ratios()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "right-to-left | ratios=[1, 0.75, 0.75, 0.4, 0.25, 0.15] | ratios[2] is 0.75; allowed: less",
        "right-to-left | ratios=[1, 0.75, 0.5, 0.4, 0.25, 0]     | ratios[5] is 0.0; allowed: more",
        "right-to-left | ratios=[1.2, 0.75, 0.5, 0.4, 0.25, 0.1] | ratios[0] is 1.2; allowed: more",
        "right-to-left | ratios=[1, 0.5]      | ratios is [1.0, 0.5]; allowed: 6 of them",
        "left-to-right | ratios=[1, 0.5]      | ratios is [1.0, 0.5]; allowed: none, where",
        "noise-bands   | band=0.1             | band is 0.1; allowed: 0, where",
        "left-to-right | band=0.1             | band is 0.1; allowed: 0, where curriculum.time is in",
        "right-to-left | block=4              | block is 4; allowed: a divisor of model.layers (6)",
        "right-to-left | block=6              | block is 6; allowed: a divisor of model.layers (6) be",
        "right-to-left | block=0              | block is 0; allowed: 1 or more",
        "right-to-left | freeze=false         | freeze is false; allowed: true, where",
        "left-to-right | time=hybrid          | time is hybrid; allowed: input, depth, where",
        "noise-bands   | time=input           | time is input; allowed: depth, hybrid, where",
        "right-to-left | steps=[1, 2]         | steps is [1, 2]; allowed: 1 or 6",
        "right-to-left | steps=0              | steps is 0.0; allowed: whole numbers of 1 or more",
        "right-to-left | steps=1.5            | steps is 1.5; allowed: whole numbers of 1 or more",
        "right-to-left | objectives=[mlm]     | objectives is [mlm]; allowed: none, or 6",
        "right-to-left | objectives=[a]       | objectives is a; allowed: nelbo,",
        "noise-bands   | objectives=[nelbo, nelbo, nelbo, nelbo, nelbo, uniform] | objectives is uniform;"
            + " allowed: objectives with the noise levels of objective.kind",
        "noise-bands   | head=trained         | head is trained; allowed: anchored, where",
        "noise-bands   | joint_final=3        | joint_final is 3; allowed: 0, where",
        "noise-bands   | joint={every: 2, steps: 1} | joint.every is 2; allowed: 0, where",
        "right-to-left | joint={every: 4, steps: 1} | joint.every is 4; allowed: 0, a divisor of the"
            + " 6 stages, or any with curriculum.joint_final: where blocks have mask ratios of",
        "left-to-right | joint={steps: 1}     | joint.steps is 1; allowed: 0, where joint.every is 0",
        "left-to-right | joint={every: 2}     | joint.steps is 0; allowed: 1 or more",
        "left-to-right | consistency=0.1      | consistency is 0.1; allowed: 0, where",
        "left-to-right | consistency=-1       | consistency is -1.0; allowed: 0 or more",
        "noise-bands   | adapters={rank: 2}   | adapters.rank is 2; allowed: 0, where no frozen",
        "right-to-left | adapters={scale: 2}  | adapters.scale is 2.0; allowed: 1.0, where",
        "right-to-left | frozen=int8          | frozen is int8; allowed: compute, where",
        "right-to-left | frozen=int2          | frozen is int2; allowed: compute, int8, int4, nf4",
        "right-to-left | residual_gain=0      | residual_gain is 0.0; allowed: more than 0",
        "right-to-left | cache=disk           | cache is disk; allowed: none, where",
        "left-to-right | cache_refresh=2      | cache is none; allowed: disk, auto, for",
        "left-to-right | cache_limit=lots     | cache_limit is lots; allowed: a number of bytes",
        "none          | block=2              | block is 2; allowed: nothing, where",
      })
  void aContradictionIsNamedWithWhatIsAllowed(String direction, String override, String message) {
    assertThatThrownBy(() -> grown(direction, "curriculum." + override))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("curriculum." + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "curriculum.bloc=2              | unknown key curriculum.bloc; allowed: adapters, band,",
        "curriculum.adapters={range: 2} | unknown key curriculum.adapters.range; allowed: rank, sc",
        "model.attention=causal         | model.attention is causal; allowed: bidirectional, for a",
        "model.time_conditioning=table  | model.time_conditioning is table; allowed: none, where",
        "model.initial=some             | model.initial is some; allowed: none, for a curriculum",
        "objective.blocks=0.5           | objective.blocks is 0.5; allowed: 0, for a curriculum",
        "curriculum.embeddings=trained  | model.tied_head is true; allowed: false, where",
        "training.steps=4               | training.steps is 4; allowed: 6 or more",
        "objective.curriculum=[{until_pass: 2, mask_max: 0.3}] | objective.curriculum is [{until",
      })
  void whatContradictsACurriculumElsewhereIsNamed(String override, String message) {
    assertThatThrownBy(() -> grown("right-to-left", override))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void aNumberOfStepsThatStagesDoNotTakeIsRefused() {
    assertThat(grown("right-to-left", "curriculum.steps=5", "training.steps=30")).isNotNull();
    assertThatThrownBy(() -> grown("right-to-left", "curriculum.steps=5", "training.steps=31"))
        .hasMessage("training.steps is 31; allowed: nothing, or 30, the sum of curriculum.steps");
  }

  @Test
  void aCacheNeedsEmbeddingsThatStay() {
    assertThatThrownBy(() -> grown("left-to-right", "curriculum.cache=disk"))
        .hasMessageStartingWith("curriculum.embeddings is trained; allowed: anchored (and a head");
    assertThatThrownBy(
            () ->
                grown(
                    "left-to-right",
                    "curriculum.cache=disk",
                    "curriculum.head=anchored",
                    "curriculum.freeze=false"))
        .hasMessage("curriculum.cache is disk; allowed: none, where curriculum.freeze is false");
    assertThat(grown("left-to-right", "curriculum.cache=disk", "curriculum.head=anchored"))
        .isNotNull();
  }
}
