package io.redraft.model.train.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BlockCausalSettingsTest {
  private static TrainingConfig parse(String... overrides) {
    return TrainingConfigFile.parse("run.yaml", "data: {format: synthetic}", List.of(overrides));
  }

  private static TrainingConfig reread(TrainingConfig config) {
    return TrainingConfigFile.parse("c.yaml", TrainingConfigFile.dump(config), List.of());
  }

  @Test
  void everyKeyIsReadRecordedAndReadBack() {
    var mixed =
        parse(
            "model.attention_blocks=[8, 16, 32]",
            "objective.block_causal=0.5",
            "objective.blocks=0.5",
            "model.initial=models/some");
    assertThat(mixed.model().attentionBlocks()).containsExactly(8, 16, 32);
    assertThat(mixed.model().network(300, 299, 298).attentionBlocks()).containsExactly(8, 16, 32);
    assertThat(mixed.objective().blockCausal().share()).isEqualTo(0.5);
    assertThat(mixed.model().initial()).isEqualTo(Path.of("models/some"));
    assertThat(mixed.tokenizer().kind()).isEqualTo(TokenizerSettings.Kind.MODEL);
    assertThat(reread(mixed)).isEqualTo(mixed);

    var none = parse();
    assertThat(none.model().attentionBlocks()).isEmpty();
    assertThat(none.model().initial()).isNull();
    assertThat(none.objective().blockCausal()).isEqualTo(BlockCausalSettings.NONE);
    assertThat(reread(none)).isEqualTo(none);
  }

  @Test
  void aBlockCausalModelLearnsNothingElseByDefault() {
    var config = parse("model.attention=block-causal", "model.attention_blocks=16");
    assertThat(config.model().network(300, 299, 298).attention())
        .isEqualTo(AttentionMode.BLOCK_CAUSAL);
    assertThat(config.objective().blockCausal().always()).isTrue();
    assertThat(reread(config)).isEqualTo(config);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model.attention=block-causal"
            + "| model.attention_blocks is []; allowed: 1 size or more, for block-causal attention",
        "model.attention=block-causal;model.attention_blocks=[8];objective.block_causal=0.5"
            + "| objective.block_causal is 0.5; allowed: 1, for block-causal attention",
        "objective.block_causal=0.5"
            + "| model.attention_blocks is []; allowed: 1 size or more, where"
            + " objective.block_causal is 0.5",
        "model.attention_blocks=[8]"
            + "| objective.block_causal is 0.0; allowed: more than 0, where model.attention_blocks"
            + " is [8]",
        "model.attention_blocks=[16, 8];objective.block_causal=0.5"
            + "| model.attention_blocks is [16, 8]; allowed: ascending sizes from 1 to 256"
            + " (model.context)",
        "model.attention_blocks=[0];objective.block_causal=0.5"
            + "| model.attention_blocks is [0]; allowed: ascending sizes from 1 to 256",
        "model.attention_blocks=[8, 512];objective.block_causal=0.5"
            + "| model.attention_blocks is [8, 512]; allowed: ascending sizes from 1 to 256",
        "model.attention_blocks=[few]"
            + "| model.attention_blocks is [few]; allowed: a list of whole numbers",
        "model.attention_blocks=[8];objective.block_causal=0.5;model.time_conditioning=table"
            + "| model.attention_blocks is [8]; allowed: none, for causal attention and where"
            + " model.time_conditioning",
        "model.attention_blocks=[8];model.attention=causal"
            + "| model.attention_blocks is [8]; allowed: none, for causal attention",
        "objective.block_causal=1.5 | objective.block_causal is 1.5; allowed: 0 to 1",
        "model.attention_blocks=[8];objective.block_causal=0.5;objective.kind=uniform"
            + "| objective.kind is uniform; allowed: nelbo, where objective.block_causal is 0.5",
        "model.attention=block-causal;model.attention_blocks=[8];objective.kind=causal"
            + "| objective.kind is causal; allowed: nelbo, where objective.block_causal is 1.0",
        "model.attention=block-causal;model.attention_blocks=[8];objective.kind=masked-mean;"
            + "objective.corruption=gaussian"
            + "| objective.kind is masked-mean; allowed: nelbo, where objective.block_causal is 1",
        "model.initial=models/some;tokenizer.kind=bytes"
            + "| tokenizer.kind is bytes; allowed: model, where model.initial is models/some",
        "tokenizer.kind=model"
            + "| model.initial is none; allowed: a folder, for tokenizer.kind model",
      })
  void whatDoesNotGoTogetherIsNamed(String overrides, String message) {
    assertThatThrownBy(() -> parse(overrides.split(";")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "objective.blocks=0.5",
        "objective.condition=0.5",
        "objective.schedule=cosine",
        "objective.time_max=0.5",
        "objective.curriculum=[{until_pass: 2, mask_max: 0.4}]",
      })
  void whatOnlyOtherStepsReadIsRefusedWhereThereAreNone(String unread) {
    var blocks = "model.attention_blocks=[8]";
    assertThat(parse(blocks, "objective.block_causal=0.5", unread)).isNotNull();
    assertThatThrownBy(() -> parse(blocks, "objective.block_causal=1", unread))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(unread.substring(0, unread.indexOf('=')) + " is ")
        .hasMessageEndingWith(", where objective.block_causal is 1");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1, 0.3, 0.5, 0.75, 1})
  void blockCausalStepsLieEvenlyAmongTheOthers(double share) {
    var settings = new BlockCausalSettings(share);
    var found = 0;
    for (var step = 0; step < 1000; step++) {
      found += settings.size(7, step, List.of(8)) > 0 ? 1 : 0;
      // Never more than one step away from what the share of the steps so far is.
      assertThat((double) found).isBetween(share * (step + 1) - 1.001, share * (step + 1) + 0.001);
    }
  }

  @Test
  void everySizeIsEquallyLikelyAndAFunctionOfSeedAndStep() {
    var settings = new BlockCausalSettings(1);
    var sizes = List.of(8, 16, 32);
    var counts = new int[33];
    for (var step = 0; step < 30_000; step++) {
      counts[settings.size(7, step, sizes)]++;
    }
    // Five standard deviations of 10,000 are 410.
    assertThat(sizes).allSatisfy(size -> assertThat(counts[size]).isBetween(9_590, 10_410));
    assertThat(settings.size(7, 41, sizes)).isEqualTo(settings.size(7, 41, sizes));
    var differing = 0;
    for (var step = 0; step < 100; step++) {
      differing += settings.size(7, step, sizes) == settings.size(8, step, sizes) ? 0 : 1;
    }
    assertThat(differing).isGreaterThan(30);
  }
}
