package io.redraft.model.train.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.InvalidInputException;
import io.redraft.model.noise.NoiseSchedule;
import io.redraft.model.objective.Certainty;
import io.redraft.model.objective.Objective;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingConfigTest {
  private static final String SMALLEST = "data: {format: synthetic}";

  @TempDir private Path folder;

  private static TrainingConfig parse(String yaml, String... overrides) {
    return TrainingConfigFile.parse("run.yaml", yaml, List.of(overrides));
  }

  @Test
  void defaultsAreFilledIn() {
    var config = parse(SMALLEST);
    assertThat(config.model().width()).isEqualTo(384);
    assertThat(config.model().keyValueHeads()).isEqualTo(config.model().heads());
    assertThat(config.objective())
        .isEqualTo(
            new ObjectiveSettings(
                Objective.NELBO,
                new NoiseSettings(NoiseSchedule.LOG_LINEAR, 1000, 1e-3, 1, 0.15, 0.9, 0.15),
                new MaskCurriculum(List.of()),
                new ConditionSettings(0, 0),
                new BlockSettings(0, 32),
                new BlockCausalSettings(0),
                CorruptionSettings.DEFAULTS,
                Certainty.NONE));
    assertThat(config.run().timeLimit()).isNull();
  }

  @Test
  void whatIsRecordedReadsBackEqual() throws Exception {
    var config =
        parse(
            SMALLEST,
            "run.time_limit=9 min",
            "optimizer.learning_rate=1e-3",
            "model.attention=causal",
            "run.seed=-5",
            "export.weights=int8");
    assertThat(config.run().timeLimit()).isEqualTo(Duration.ofMinutes(9));
    assertThat(config.optimizer().learningRate()).isEqualTo(1e-3);
    assertThat(config.objective().kind()).isEqualTo(Objective.CAUSAL);
    var recorded = Files.writeString(folder.resolve("c.yaml"), TrainingConfigFile.dump(config));
    assertThat(TrainingConfig.load(recorded, List.of())).isEqualTo(config);
  }

  @Test
  void overridesWinOverTheFileAndMakeSectionsThatItLacks() {
    var config =
        parse(
            "training: {steps: 7, batch: 3}",
            "training.steps=9",
            "data.format=synthetic",
            "model.layers=2");
    assertThat(config.training().steps()).isEqualTo(9);
    assertThat(config.training().batch()).isEqualTo(3);
    assertThat(config.model().layers()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "optimizer.clap=1            | unknown key optimizer.clap; allowed: beta1, beta2, clip,",
        "optimiser.clip=1            | unknown key optimiser; allowed: curriculum, data, export,",
        "training.steps=many         | training.steps is many; allowed: a whole number",
        "training.steps=0            | training.steps is 0; allowed: 1 or more",
        "training.max_skipped=0      | training.max_skipped is 0; allowed: 1 or more",
        "training.dropout=1          | training.dropout is 1.0; allowed: 0 or more, less than 1",
        "optimizer.learning_rate=-1  | optimizer.learning_rate is -1.0; allowed: more than 0",
        "optimizer.learning_rate=nan | optimizer.learning_rate is nan; allowed: a number",
        "model.heads=5               | model.heads is 5; allowed: a divisor of model.width (384)",
        "model.key_value_heads=4     | model.key_value_heads is 4; allowed: a divisor of model.heads",
        "model.tied_head=yep         | model.tied_head is yep; allowed: true or false",
        "model.attention=sideways    | model.attention is sideways; allowed: bidirectional, causal",
        "model.time_conditioning=film | model.time_conditioning is film; allowed: none, sinusoidal, ta",
        "model.time_buckets=8        | model.time_buckets is 8; allowed: 32, where model.time_cond",
        "model.time_buckets=1        | model.time_buckets is 1; allowed: 2 or more",
        "model=3                     | --set is model=3; allowed: section.key=value",
        "objective.kind=causal       | objective.kind is causal; allowed: nelbo, nelbo-discrete,",
        "objective.schedule=sqrt     | objective.schedule is sqrt; allowed: log-linear, linear,",
        "tokenizer.kind=file         | tokenizer.file is missing; allowed: a path, for kind file",
        "tokenizer.entries=200       | tokenizer.entries is 200; allowed: 258 or more",
        "tokenizer.file=a.json       | tokenizer.file is a.json; allowed: nothing, except for kind fi",
        "run.time_limit=99999999999 s | run.time_limit is 99999999999 s; allowed: none, or a duration",
        "data.format=file            | data.files is empty; allowed: one file or more",
        "data.format=csv             | data.format is csv; allowed: synthetic, file, lines,",
        "tokenizer.kind=words        | tokenizer.kind is words; allowed: train, bytes, characters, file",
        "data.split=random           | data.split is random; allowed: documents, tail",
        "data.validation=1           | data.validation is 1.0; allowed: 0 or more, less than 1",
        "run.time_limit=9            | run.time_limit is 9; allowed: none, or a duration such as",
        "run.device=tpu              | run.device is tpu; allowed: auto, cpu, gpu0, gpu1, …",
        "run.compute=int4            | run.compute is int4; allowed: auto, float32, bfloat16",
        "export.weights=int2         | export.weights is int2; allowed: float32, int8",
        "training.batch=[1]          | training.batch is [1]; allowed: a single value",
      })
  void aValueThatIsNotAllowedIsNamedWithWhatIs(String override, String message) {
    assertThatThrownBy(() -> parse(SMALLEST, override))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(message);
  }

  @ParameterizedTest
  @CsvSource({"none,0", "sinusoidal,0", "table,32", "adaln,0"})
  void timeConditioningIsReadAndReadBack(String kind, int buckets) {
    var config = parse(SMALLEST, "model.time_conditioning=" + kind);
    assertThat(Check.key(config.model().time().kind())).isEqualTo(kind);
    assertThat(config.model().time().buckets()).isEqualTo(buckets);
    assertThat(config.model().network(300, 299, 298).time()).isEqualTo(config.model().time());
    assertThat(parse(TrainingConfigFile.dump(config))).isEqualTo(config);
  }

  @Test
  void timeConditioningIsRefusedWhereThereIsNoMaskRatioToTell() {
    assertThatThrownBy(
            () -> parse(SMALLEST, "model.attention=causal", "model.time_conditioning=table"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("model.time_conditioning is table; allowed: none, for causal attention");
    assertThatThrownBy(() -> parse(SMALLEST, "objective.kind=mlm", "model.time_conditioning=adaln"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "model.time_conditioning is adaln; allowed: none, for kind mlm has a single mask"
                + " ratio");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'a: [1'             | run.yaml: not valid YAML in line 1",
        "'- 1'               | run.yaml: not a YAML mapping of sections",
        "'run: 4'            | run is 4; allowed: a section with keys of its own",
        "'run: {a: 1, a: 2}' | run.yaml: not valid YAML in line 1: found duplicate key a",
        "'!!java.util.Date 1'| run.yaml: not valid YAML in line 1",
      })
  void aFileThatIsNoSettingsFileIsToldInOneLine(String yaml, String message) {
    assertThatThrownBy(() -> parse(yaml))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> TrainingConfig.load(folder.resolve("no.yaml"), List.of()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageEndingWith("no.yaml is missing; allowed: a YAML file");
  }

  @Test
  void aRunMayMoveAndTellMoreButNotLearnSomethingElse() {
    var began = parse(SMALLEST).binding();
    parse(SMALLEST, "run.folder=elsewhere", "training.log_every=3", "run.time_limit=5 s")
        .refuseChangedSince(began);
    assertThatThrownBy(() -> parse(SMALLEST, "optimizer.beta2=0.5").refuseChangedSince(began))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "optimizer.beta2 is 0.5; allowed: 0.99, which this run began with, or a new run.folder");
  }

  @Test
  void theLearningRateRisesStaysAndFalls() {
    var settings =
        parse(
                SMALLEST,
                "optimizer.learning_rate=1",
                "optimizer.warmup_steps=10",
                "optimizer.hold=0.2",
                "optimizer.final_fraction=0.1")
            .optimizer();
    assertThat(settings.learningRate(0, 100)).isEqualTo(0.1);
    assertThat(settings.learningRate(9, 100)).isEqualTo(1);
    assertThat(settings.learningRate(19, 100)).isEqualTo(1);
    // Half-way between step 20 and step 100 a half cosine is half-way between 1 and 0.1.
    assertThat(settings.learningRate(60, 100)).isCloseTo(0.55, within(1e-12));
    assertThat(settings.learningRate(100, 100)).isCloseTo(0.1, within(1e-12));
  }

  @Test
  void theAverageForgetsFasterAtFirst() {
    var settings = parse(SMALLEST).optimizer();
    assertThat(settings.emaDecay(0)).isEqualTo(0.1);
    assertThat(settings.emaDecay(90)).isEqualTo(0.91);
    assertThat(settings.emaDecay(1_000_000)).isEqualTo(0.9995);
  }
}
