package io.redraft.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.CacheMode;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.Guidance;
import io.redraft.model.decode.GuidanceSchedule;
import io.redraft.model.decode.RevealPolicy;
import io.redraft.model.decode.Sampling;
import io.redraft.model.decode.StepGrid;
import io.redraft.model.files.JsonFiles;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.transformer.RandomNetwork;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenerationConfigJsonTest {
  private static final NetworkConfig NETWORK = RandomNetwork.denoiser(99, 16, 1, 2, 2, 24);

  private static DecodeOptions parse(String json) {
    return GenerationConfigJson.parse("g.json", JsonFiles.parseObject("g.json", json), NETWORK);
  }

  @Test
  void everyKeyIsRead() {
    assertThat(
            parse(
                """
                {"policy": "threshold", "threshold": 0.8, "steps": 9, "block": 16, "grid": "cosine",
                 "temperature": 0.6, "top_k": 40, "top_p": 0.9, "confidence_stop": 0.95,
                 "remask": 0.1, "guidance": 2, "guidance_schedule": "linear-up",
                 "patience": 3, "window": 6, "min_tokens": 5, "batch_invariant": true,
                 "do_sample": true}
                """))
        .isEqualTo(
            DecodeOptions.DEFAULTS
                .withPolicy(new RevealPolicy.Threshold(0.8))
                .withSteps(9)
                .withBlock(16)
                .withGrid(StepGrid.COSINE)
                .withSampling(new Sampling(0.6, 40, 0.9))
                .withConfidenceStop(0.95)
                .withRemask(0.1)
                .withGuidance(new Guidance(2, GuidanceSchedule.LINEAR_UP))
                .withWindow(6)
                .withPatience(3)
                .withMinTokens(5)
                .withBatchInvariant(true));
    assertThat(parse("{'block': 16, 'cache': 'dual'}".replace('\'', '"')))
        .isEqualTo(DecodeOptions.DEFAULTS.withBlock(16).withCache(CacheMode.DUAL));
    assertThat(parse("{'policy': 'factor', 'factor': 2}".replace('\'', '"')).policy())
        .isEqualTo(new RevealPolicy.Factor(2));
    assertThat(parse("{'policy': 'entropy'}".replace('\'', '"')).policy())
        .isEqualTo(new RevealPolicy.Entropy(RevealPolicy.Entropy.DEFAULT));
  }

  @Test
  void whatIsWrittenReadsBackEqual() {
    for (var policy :
        List.of(
            new RevealPolicy.Confidence(),
            new RevealPolicy.Threshold(0.7),
            new RevealPolicy.Factor(2),
            new RevealPolicy.Entropy(0.5),
            new RevealPolicy.Linear(),
            new RevealPolicy.Random(),
            new RevealPolicy.Ancestral(),
            new RevealPolicy.FirstHitting())) {
      var some = DecodeOptions.DEFAULTS.withPolicy(policy).withGrid(StepGrid.COSINE);
      var all =
          some.withSteps(3)
              .withBlock(4)
              .withConfidenceStop(0.9)
              .withRemask(0.2)
              .withGuidance(new Guidance(0.5, GuidanceSchedule.LINEAR_DOWN))
              .withPatience(2)
              .withMinTokens(7)
              .forPolicy(policy);
      var cached = all.withGuidance(Guidance.NONE).withCache(CacheMode.PREFIX);
      assertThat(parse(GenerationConfigJson.write(cached).toString())).isEqualTo(cached);
      assertThat(parse(GenerationConfigJson.write(some).toString())).isEqualTo(some);
      assertThat(parse(GenerationConfigJson.write(all).toString())).isEqualTo(all);
    }
  }

  @Test
  void whatIsLeftOutAndAMissingFileAreTheDefaults(@TempDir Path folder) {
    assertThat(parse("{}")).isEqualTo(DecodeOptions.DEFAULTS);
    assertThat(GenerationConfigJson.read(folder.resolve("generation_config.json"), NETWORK))
        .isEqualTo(DecodeOptions.DEFAULTS);
  }

  private static final NetworkConfig BOTH_WAYS = NETWORK.withAttentionBlocks(List.of(4, 8));
  private static final NetworkConfig ONE_WAY =
      RandomNetwork.blockCausal(NETWORK, 8).withAttentionBlocks(List.of(4, 8));

  private static DecodeOptions parse(NetworkConfig network, String json) {
    var root = JsonFiles.parseObject("g.json", json.replace('\'', '"'));
    return GenerationConfigJson.parse("g.json", root, network);
  }

  @Test
  void anAttentionIsReadAndWritten() {
    var blockCausal = DecodeOptions.DEFAULTS.withBlock(4).withAttention(AttentionMode.BLOCK_CAUSAL);
    assertThat(parse(BOTH_WAYS, "{'block': 4, 'attention': 'block-causal'}"))
        .isEqualTo(blockCausal);
    assertThat(parse(BOTH_WAYS, "{'attention': 'bidirectional'}"))
        .isEqualTo(DecodeOptions.DEFAULTS);
    var cached = blockCausal.withCache(CacheMode.PREFIX);
    for (var options : List.of(blockCausal, cached, DecodeOptions.DEFAULTS.withBlock(4))) {
      var written = GenerationConfigJson.write(options);
      assertThat(written.get("attention").asText()).isEqualTo(Choice.key(options.attention()));
      assertThat(parse(BOTH_WAYS, written.toString())).isEqualTo(options);
    }
  }

  @Test
  void whatAFileLeavesOutIsTheDefaultOfAModelThatAttendsBlockCausallyOnly(@TempDir Path folder) {
    var own =
        DecodeOptions.DEFAULTS
            .withBlock(8)
            .withAttention(AttentionMode.BLOCK_CAUSAL)
            .withCache(CacheMode.PREFIX);
    assertThat(parse(ONE_WAY, "{}")).isEqualTo(own);
    assertThat(GenerationConfigJson.read(folder.resolve("missing.json"), ONE_WAY)).isEqualTo(own);
    assertThat(parse(ONE_WAY, "{'block': 4, 'cache': 'none'}"))
        .isEqualTo(own.withBlock(4).withCache(CacheMode.NONE));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "none | {'block': 4, 'attention': 'block-causal'} | attention is block-causal; allowed:"
            + " bidirectional for this model",
        "none | {'attention': 'causal'} | attention is causal; allowed: bidirectional, block-causal",
        "none | {'attention': 'sideways'} | attention is sideways; allowed: bidirectional, causal,"
            + " block-causal",
        "none | {'attention': 1} | attention: 1; allowed: a name",
        "both | {'attention': 'block-causal'} | block is 0; allowed: 1 or more with block-causal"
            + " attention",
        "both | {'attention': 'block-causal', 'block': 5} | block is 5; allowed: [4, 8], which this"
            + " model has learned to attend block-causally in",
        "both | {'attention': 'block-causal', 'block': 4, 'cache': 'dual'} | cache is dual; allowed:"
            + " none, prefix or delayed with block-causal attention",
        "one | {'attention': 'bidirectional'} | attention is bidirectional; allowed: block-causal,"
            + " which this model has learned",
        "one | {'cache': 'dual'} | cache is dual; allowed: none, prefix or delayed with block-causal"
            + " attention"
      })
  void anAttentionThatCannotBeIsNamedWithItsFile(String learned, String json, String message) {
    var networks = Map.of("none", NETWORK, "both", BOTH_WAYS, "one", ONE_WAY);
    assertThatThrownBy(() -> parse(networks.get(learned), json))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("g.json: " + message);
  }

  @Test
  void aFileOfHuggingFaceIsUnderstood() {
    var options =
        parse(
            """
            {"_from_model_config": true, "bos_token_id": 1, "eos_token_id": [2, 3],
             "transformers_version": "4.40", "do_sample": false, "temperature": 0.7, "top_p": 0.95}
            """);
    assertThat(options).isEqualTo(DecodeOptions.DEFAULTS); // not sampling is greedy
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'tempreature': 1} | g.json: tempreature: unknown key",
        "{'block': -1} | g.json: block is -1; allowed: 0 (one block over everything) or more",
        "{'block': 2.5} | g.json: block: 2.5; allowed: a whole number",
        "{'top_p': 0} | g.json: top_p is 0.0; allowed: more than 0, at most 1",
        "{'temperature': 'hot'} | g.json: temperature: \"hot\"; allowed: a number",
        "{'steps': 0} | g.json: steps is 0; allowed: 1 or more",
        "{'policy': 'best'} | g.json: policy is best; allowed: confidence, threshold, factor, entr",
        "{'policy': 3} | g.json: policy: 3; allowed: a name",
        "{'threshold': 0.9} | g.json: threshold: 0.9; allowed: only with the policy threshold",
        "{'policy': 'factor', 'gamma': 1} | g.json: gamma: 1; allowed: only with the policy entro",
        "{'grid': 'square'} | g.json: grid is square; allowed: uniform, cosine",
        "{'block': 4, 'cache': 'both'} | g.json: cache is both; allowed: none, prefix, dual",
        "{'cache': 'dual'} | g.json: cache is dual; allowed: none, without blocks (block is 0)",
        "{'block': 4, 'cache': 'dual', 'guidance': 2} | g.json: guidance is 2.0; allowed: 0 (off) w",
        "{'guidance': 11} | g.json: guidance is 11.0; allowed: 0 (off) to 10",
        "{'guidance_schedule': 'linear-up'} | g.json: guidance_schedule: \"linear-up\"; allowed: on",
        "{'patience': 0} | g.json: patience is 0; allowed: 1 or more",
        "{'window': -1} | g.json: window is -1; allowed: 0 (all masks of the block) or more",
        "{'batch_invariant': 1} | g.json: batch_invariant: 1; allowed: true, false",
        "{'min_tokens': -1} | g.json: min_tokens is -1; allowed: 0 or more",
        "{'policy': 'linear', 'patience': 2} | g.json: patience is 2; allowed: only with a policy",
        "{'do_sample': 1} | g.json: do_sample: 1; allowed: true, false",
      })
  void whatIsWrongIsNamedWithItsFile(String json, String message) {
    assertThatThrownBy(() -> parse(json.replace('\'', '"')))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(message);
  }
}
