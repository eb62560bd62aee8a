package io.redraft.model.train.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import io.redraft.model.noise.Corruption;
import io.redraft.model.noise.NoiseLevels;
import io.redraft.model.noise.NoiseSchedule;
import io.redraft.model.noise.TimeBand;
import io.redraft.model.objective.Objective;
import io.redraft.model.objective.Prediction;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectiveSettingsTest {
  private static final String STAGES =
      "objective.curriculum=[{until_pass: 2, mask_max: 0.3}, {until_pass: 5, mask_max: 0.6}]";

  private static TrainingConfig parse(String... overrides) {
    return TrainingConfigFile.parse("run.yaml", "data: {format: synthetic}", List.of(overrides));
  }

  private static TrainingConfig reread(TrainingConfig config) {
    return TrainingConfigFile.parse("c.yaml", TrainingConfigFile.dump(config), List.of());
  }

  @Test
  void everyKeyIsReadRecordedAndReadBack() {
    var discrete =
        parse(
            "objective.kind=nelbo-discrete",
            "objective.schedule=cosine",
            "objective.timesteps=50",
            "objective.time_min=0.1",
            "objective.time_max=0.9",
            "objective.condition=0.5",
            "objective.condition_dropout=0.2",
            STAGES);
    var blocks = parse("objective.blocks=0.25", "objective.block_length=16");
    assertThat(blocks.objective().blocks()).isEqualTo(new BlockSettings(0.25, 16));
    assertThat(reread(blocks)).isEqualTo(blocks);
    assertThat(discrete.objective().levels())
        .isEqualTo(new NoiseLevels.Discrete(NoiseSchedule.COSINE, new TimeBand(0.1, 0.9), 50));
    assertThat(discrete.objective().condition()).isEqualTo(new ConditionSettings(0.5, 0.2));
    assertThat(discrete.objective().curriculum().stages())
        .containsExactly(new MaskCurriculum.Stage(2, 0.3), new MaskCurriculum.Stage(5, 0.6));
    assertThat(reread(discrete)).isEqualTo(discrete);

    var uniform =
        parse("objective.kind=uniform", "objective.mask_min=0.2", "objective.mask_max=0.5");
    assertThat(uniform.objective().levels()).isEqualTo(new NoiseLevels.Uniform(0.2, 0.5));
    assertThat(reread(uniform)).isEqualTo(uniform);

    var noised =
        parse(
            "objective.kind=masked-mean",
            "objective.corruption=gaussian",
            "objective.mask_share=0.2",
            "objective.noise_scale=3",
            "objective.predict=hybrid",
            "objective.hybrid_weight=0.25");
    assertThat(noised.objective().corruption().of(9)).isEqualTo(new Corruption.Gaussian(9, 0.2, 3));
    assertThat(noised.objective().corruption().prediction())
        .isEqualTo(new Prediction(Prediction.Target.HYBRID, 0.25));
    assertThat(reread(noised)).isEqualTo(noised);

    var mlm = parse("objective.kind=mlm", "objective.mlm_share=0.4");
    assertThat(mlm.objective().levels()).isEqualTo(new NoiseLevels.Uniform(0.4, 0.4));
    assertThat(reread(mlm)).isEqualTo(mlm);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nelbo", "nelbo-discrete", "uniform", "masked-mean", "mlm"})
  void everyObjectiveOfADenoiserHasDefaultsThatGoWithIt(String kind) {
    var config = parse("objective.kind=" + kind);
    assertThat(config.objective().kind().key()).isEqualTo(kind);
    assertThat(config.objective().noise()).isEqualTo(NoiseSettings.DEFAULTS);
  }

  @Test
  void causalAttentionComesWithTheCausalObjective() {
    assertThat(parse("model.attention=causal").objective().kind()).isEqualTo(Objective.CAUSAL);
    assertThatThrownBy(() -> parse("model.attention=causal", "objective.kind=mlm"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("objective.kind is mlm; allowed: causal, for causal attention");
    assertThatThrownBy(() -> parse("objective.kind=causal"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "objective.kind is causal; allowed: nelbo, nelbo-discrete, uniform, masked-mean, mlm,"
                + " for bidirectional attention");
  }

  @Test
  void aStageLimitsUntilItsPassAndTheLastOneEnds() {
    var curriculum = parse(STAGES).objective().curriculum();
    assertThat(curriculum.highest(0)).isEqualTo(0.3);
    assertThat(curriculum.highest(1.999)).isEqualTo(0.3);
    assertThat(curriculum.highest(2)).isEqualTo(0.6);
    assertThat(curriculum.highest(4.999)).isEqualTo(0.6);
    assertThat(curriculum.highest(5)).isEqualTo(1);
    assertThat(MaskCurriculum.NONE.highest(0)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "objective.kind=uniform",
        "objective.schedule=linear",
        "objective.time_max=0.5",
        "objective.curriculum=[{until_pass: 2, mask_max: 0.4}]",
        "objective.condition=0.1",
        "objective.blocks=0.1",
      })
  void aRunDoesNotGoOnWithAnotherObjective(String change) {
    var began = parse(STAGES).binding();
    var overrides = new ArrayList<>(List.of(STAGES, change));
    assertThatThrownBy(() -> parse(overrides.toArray(String[]::new)).refuseChangedSince(began))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(change.substring(0, change.indexOf('=')) + " is ")
        .hasMessageEndingWith("which this run began with, or a new run.folder");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "objective.time_min=0       | objective.time_min is 0.0; allowed: 0.001 or more, less",
        "objective.time_min=nan     | objective.time_min is nan; allowed: a number",
        "objective.time_max=0.001   | objective.time_max is 0.001; allowed: more than",
        "objective.time_max=1.5     | objective.time_max is 1.5; allowed: more than",
        "objective.timesteps=0      | objective.timesteps is 0; allowed: 1 or more",
        "objective.timesteps=10     | objective.timesteps is 10; allowed: 1000, for kind nelbo",
        "objective.mask_min=0       | objective.mask_min is 0.0; allowed: more than 0, at most 1",
        "objective.mask_max=0.1     | objective.mask_max is 0.1; allowed: objective.mask_min (0.15)",
        "objective.mask_max=0.5     | objective.mask_max is 0.5; allowed: 0.9, for kind nelbo does",
        "objective.mlm_share=1.1    | objective.mlm_share is 1.1; allowed: more than 0, at most 1",
        "objective.mlm_share=0.2    | objective.mlm_share is 0.2; allowed: 0.15, for kind nelbo",
        "objective.condition=2      | objective.condition is 2.0; allowed: 0 to 1",
        "objective.blocks=1.5       | objective.blocks is 1.5; allowed: 0 to 1",
        "objective.block_length=8   | objective.block_length is 8; allowed: 32, where objective.b",
        "objective.block_length=0   | objective.block_length is 0; allowed: 1 or more",
        "objective.condition_dropout=-1 | objective.condition_dropout is -1.0; allowed: 0 to 1",
        "objective.condition_dropout=1 | objective.condition_dropout is 1.0; allowed: 0, where",
      })
  void aValueThatIsNotAllowedIsNamedWithWhatIs(String override, String message) {
    assertThatThrownBy(() -> parse(override))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "uniform        | objective.schedule=cosine  | objective.schedule is cosine; allowed: log-",
        "masked-mean    | objective.blocks=0.5       | objective.blocks is 0.5; allowed: 0, for",
        "mlm            | objective.time_max=0.5     | objective.time_max is 0.5; allowed: 1.0,",
        "nelbo-discrete | objective.mask_min=0.2     | objective.mask_min is 0.2; allowed: 0.15,",
        "mlm | objective.curriculum=[{until_pass: 1, mask_max: 0.5}] | objective.curriculum is [{",
        "nelbo-discrete | objective.timesteps=1_000_000 |",
      })
  void aSettingThatTheObjectiveDoesNotReadKeepsItsDefault(
      String kind, String override, String message) {
    if (message == null) {
      assertThat(parse("objective.kind=" + kind, override)).isNotNull();
    } else {
      assertThatThrownBy(() -> parse("objective.kind=" + kind, override))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageStartingWith(message);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nelbo | objective.corruption=gaussian | objective.corruption is gaussian; allowed: mask,"
            + " for kind nelbo; noised embeddings go with uniform, masked-mean",
        "mlm | objective.corruption=gaussian | objective.corruption is gaussian; allowed: mask, f",
        "uniform | objective.corruption=salt | objective.corruption is salt; allowed: mask, gauss",
        "uniform | objective.predict=noise   | objective.predict is noise; allowed: tokens, for c",
        "uniform | objective.mask_share=0.1  | objective.mask_share is 0.1; allowed: 0.5, for cor",
        "uniform | objective.mask_share=1    | objective.mask_share is 1.0; allowed: 0 or more, l",
        "uniform | objective.noise_scale=0   | objective.noise_scale is 0.0; allowed: more than 0",
        "uniform | objective.hybrid_weight=2 | objective.hybrid_weight is 2.0; allowed: 1.0, wher",
        "uniform | objective.predict=both    | objective.predict is both; allowed: tokens, noise,",
      })
  void noiseIsRefusedWhereItHasNoMeaning(String kind, String override, String message) {
    assertThatThrownBy(() -> parse("objective.kind=" + kind, override))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void aBlockIsNotLongerThanTheContext() {
    assertThatThrownBy(() -> parse("objective.blocks=1", "model.context=16"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("objective.block_length is 32; allowed: 1 to 16 (model.context)");
  }

  @Test
  void aCausalModelHasNeitherCurriculumNorConditions() {
    assertThatThrownBy(() -> parse("model.attention=causal", "objective.condition=0.5"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("objective.condition is 0.5; allowed: 0, for kind causal masks nothing");
    assertThatThrownBy(() -> parse("model.attention=causal", STAGES))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("allowed: none, for kind causal");
  }

  @Test
  void aBandWithoutADiscreteStepIsRefused() {
    assertThatThrownBy(
            () ->
                parse(
                    "objective.kind=nelbo-discrete",
                    "objective.timesteps=3",
                    "objective.time_min=0.4",
                    "objective.time_max=0.6"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "objective.timesteps is 3; allowed: enough that one ends between time_min 0.4 and"
                + " time_max 0.6");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "4                          | objective.curriculum is 4; allowed: a list of sections",
        "{until_pass: 1}            | objective.curriculum is {until_pass=1}; allowed: a list of",
        "[4]                        | objective.curriculum[0] is 4; allowed: a section with keys",
        "[{until_pass: 1}]          | objective.curriculum[0].mask_max is missing; allowed: a num",
        "[{mask_max: 1}]            | objective.curriculum[0].until_pass is missing; allowed: a",
        "[{until_pass: 1, mask_max: 0.5, rate: 1}] | unknown key objective.curriculum[0].rate; al",
        "[{until_pass: 0, mask_max: 0.5}] | objective.curriculum[0].until_pass is 0.0; allowed: m",
        "[{until_pass: 1, mask_max: 1.5}] | objective.curriculum[0].mask_max is 1.5; allowed: more",
        "[{until_pass: 1, mask_max: x}] | objective.curriculum[0].mask_max is x; allowed: a number",
        "[{until_pass: 1, mask_max: 0.0005}] | objective.curriculum[0].mask_max is 5.0E-4; allowed",
        "'[{until_pass: 2, mask_max: 0.3}, {until_pass: 2, mask_max: 0.6}]' "
            + "| objective.curriculum[1].until_pass is 2.0; allowed: more than 2.0",
        "'[{until_pass: 2, mask_max: 0.3}, {until_pass: 3, mask_max: 0.2}]' "
            + "| objective.curriculum[1].mask_max is 0.2; allowed: more than 0.3, at most 1",
      })
  void aCurriculumThatIsNoneIsNamedByItsPlace(String stages, String message) {
    assertThatThrownBy(() -> parse("objective.curriculum=" + stages))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void aCurriculumBelowTheLowestRatioIsRefused() {
    assertThatThrownBy(
            () ->
                parse(
                    "objective.kind=uniform",
                    "objective.curriculum=[{until_pass: 1, mask_max: 0.15}]"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "objective.curriculum[0].mask_max is 0.15; allowed: more than 0.15, the lowest mask"
                + " ratio of this objective");
  }
}
