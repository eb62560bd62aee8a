package io.redraft.server.grpc;

import static io.redraft.proto.v1.AttentionMode.ATTENTION_MODE_BIDIRECTIONAL;
import static io.redraft.proto.v1.AttentionMode.ATTENTION_MODE_BLOCK_CAUSAL;
import static io.redraft.proto.v1.AttentionMode.ATTENTION_MODE_CAUSAL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.CacheMode;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.Guidance;
import io.redraft.model.decode.GuidanceSchedule;
import io.redraft.model.decode.RevealPolicy;
import io.redraft.model.decode.Sampling;
import io.redraft.model.decode.StepGrid;
import io.redraft.model.nn.AttentionMode;
import io.redraft.proto.v1.Cache;
import io.redraft.proto.v1.Decoding;
import io.redraft.proto.v1.Verify;
import java.util.List;
import org.junit.jupiter.api.Test;

class DecodingReaderTest {
  private static final DecodeOptions MODEL =
      DecodeOptions.DEFAULTS
          .withPolicy(new RevealPolicy.Threshold(0.7))
          .withSteps(5)
          .withBlock(16)
          .withGrid(StepGrid.COSINE)
          .withSampling(new Sampling(0.6, 40, 0.9))
          .withConfidenceStop(0.95)
          .withRemask(0.1)
          .withGuidance(new Guidance(1.5, GuidanceSchedule.LINEAR_UP))
          .withPatience(4)
          .withWindow(6)
          .withMinTokens(3)
          .withBatchInvariant(true);
  private static final DecodeOptions CACHED =
      MODEL.withGuidance(Guidance.NONE).withCache(CacheMode.DUAL);

  @Test
  void aRequestThatSaysNothingGetsWhatTheModelWishes() {
    assertThat(DecodingReader.read(Decoding.getDefaultInstance(), MODEL)).isEqualTo(MODEL);
    assertThat(DecodingReader.read(Decoding.getDefaultInstance(), CACHED)).isEqualTo(CACHED);
  }

  @Test
  void whatARequestSaysHolds() {
    var request =
        Decoding.newBuilder()
            .setPolicy(io.redraft.proto.v1.RevealPolicy.REVEAL_POLICY_CONFIDENCE)
            .setBlock(0)
            .setTemperature(0)
            .setGrid(io.redraft.proto.v1.StepGrid.STEP_GRID_UNIFORM)
            .setCache(Cache.CACHE_NONE)
            .build();
    assertThat(DecodingReader.read(request, CACHED))
        .isEqualTo(
            CACHED
                .withPolicy(new RevealPolicy.Confidence())
                .withBlock(0)
                .withGrid(StepGrid.UNIFORM)
                .withCache(CacheMode.NONE)
                .withSampling(new Sampling(0, 40, 0.9)));
  }

  @Test
  void theModelsNumberHoldsForItsOwnPolicyOnly() {
    var same = io.redraft.proto.v1.RevealPolicy.REVEAL_POLICY_THRESHOLD;
    var other = io.redraft.proto.v1.RevealPolicy.REVEAL_POLICY_FACTOR;
    assertThat(DecodingReader.read(Decoding.newBuilder().setPolicy(same).build(), MODEL).policy())
        .isEqualTo(new RevealPolicy.Threshold(0.7));
    assertThat(DecodingReader.read(Decoding.newBuilder().setPolicy(other).build(), MODEL).policy())
        .isEqualTo(new RevealPolicy.Factor(RevealPolicy.Factor.DEFAULT));
    assertThat(DecodingReader.read(Decoding.newBuilder().setThreshold(0.5).build(), MODEL).policy())
        .isEqualTo(new RevealPolicy.Threshold(0.5));
    assertThatThrownBy(() -> DecodingReader.read(Decoding.newBuilder().setFactor(2).build(), MODEL))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("factor is 2.0; allowed: only with the policy factor");
  }

  @Test
  void aRequestMayShareItsPassesThoughTheModelWouldNot() {
    var shared = Decoding.newBuilder().setBatchInvariant(false).build();
    assertThat(DecodingReader.read(shared, CACHED)).isEqualTo(CACHED.withBatchInvariant(false));
  }

  @Test
  void aRequestMayLookAtAllMasksThoughTheModelWouldNot() {
    var all = Decoding.newBuilder().setWindow(0).build();
    assertThat(DecodingReader.read(all, CACHED)).isEqualTo(CACHED.withWindow(0));
  }

  @Test
  void everyCacheIsReadAndNoOther() {
    for (var mode : CacheMode.values()) {
      var options = mode == CacheMode.DELAYED ? BLOCK_CAUSAL : CACHED;
      var told = DecodingWriter.write(options.forCache(mode));
      assertThat(DecodingReader.read(told, DecodeOptions.DEFAULTS).cache()).isEqualTo(mode);
    }
    var unknown = Decoding.newBuilder().setCacheValue(9).build();
    assertThatThrownBy(() -> DecodingReader.read(unknown, CACHED))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("cache is 9; allowed: none, prefix, dual or delayed (1 to 4)");
  }

  @Test
  void ofCacheAndGuidanceTheOneThatTheRequestNamesTakesThePlaceOfTheModelsOwn() {
    var cache = Decoding.newBuilder().setCache(Cache.CACHE_PREFIX);
    var guidance = Decoding.newBuilder().setGuidance(3);
    assertThat(DecodingReader.read(cache.build(), MODEL))
        .isEqualTo(
            MODEL
                .withCache(CacheMode.PREFIX)
                .withGuidance(new Guidance(0, GuidanceSchedule.LINEAR_UP)));
    assertThat(DecodingReader.read(guidance.build(), CACHED))
        .isEqualTo(
            CACHED
                .withCache(CacheMode.NONE)
                .withGuidance(new Guidance(3, GuidanceSchedule.CONSTANT)));
    assertThat(DecodingReader.read(Decoding.newBuilder().setGuidance(0).build(), CACHED))
        .isEqualTo(CACHED);
    assertThatThrownBy(() -> DecodingReader.read(cache.setGuidance(2).build(), MODEL))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("guidance is 2.0; allowed: 0 (off) with a cache, here prefix");
  }

  private static final DecodeOptions BLOCK_CAUSAL =
      MODEL
          .withGuidance(Guidance.NONE)
          .withAttention(AttentionMode.BLOCK_CAUSAL)
          .withCache(CacheMode.PREFIX);

  private static Decoding.Builder attending(io.redraft.proto.v1.AttentionMode mode) {
    return Decoding.newBuilder().setAttention(mode);
  }

  @Test
  void everyAttentionIsReadAndNoOther() {
    for (var options : List.of(BLOCK_CAUSAL, BLOCK_CAUSAL.withCache(CacheMode.NONE), CACHED)) {
      var told = DecodingWriter.write(options);
      assertThat(DecodingReader.read(told, BLOCK_CAUSAL)).isEqualTo(options);
      assertThat(DecodingReader.read(told, CACHED)).isEqualTo(options);
    }
    var causal = attending(ATTENTION_MODE_CAUSAL).build();
    assertThatThrownBy(() -> DecodingReader.read(causal, CACHED))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("attention is causal; allowed: bidirectional, block-causal");
    var unknown = Decoding.newBuilder().setAttentionValue(9).build();
    assertThatThrownBy(() -> DecodingReader.read(unknown, CACHED))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("attention is 9; allowed: bidirectional or block-causal (1 or 3)");
  }

  @Test
  void ofCacheAndAttentionTheOneThatTheRequestNamesTakesThePlaceOfTheModelsOwn() {
    assertThat(DecodingReader.read(Decoding.getDefaultInstance(), BLOCK_CAUSAL))
        .isEqualTo(BLOCK_CAUSAL);
    var dual = Decoding.newBuilder().setCache(Cache.CACHE_DUAL).build();
    assertThat(DecodingReader.read(dual, BLOCK_CAUSAL))
        .isEqualTo(
            BLOCK_CAUSAL
                .withCache(CacheMode.DUAL)
                .withAttention(AttentionMode.BIDIRECTIONAL)
                .withGuidance(new Guidance(0, GuidanceSchedule.CONSTANT)));
    var blockCausal = attending(ATTENTION_MODE_BLOCK_CAUSAL).build();
    assertThat(DecodingReader.read(blockCausal, CACHED)).isEqualTo(BLOCK_CAUSAL);
    var uncached = CACHED.withCache(CacheMode.NONE);
    assertThat(DecodingReader.read(blockCausal, uncached))
        .isEqualTo(BLOCK_CAUSAL.withCache(CacheMode.NONE));
    var both = attending(ATTENTION_MODE_BLOCK_CAUSAL).setCache(Cache.CACHE_DUAL).build();
    assertThatThrownBy(() -> DecodingReader.read(both, MODEL))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("cache is dual; allowed: none, prefix or delayed with block-causal attention");
    var whole = attending(ATTENTION_MODE_BLOCK_CAUSAL).setBlock(0).setCache(Cache.CACHE_NONE);
    assertThatThrownBy(() -> DecodingReader.read(whole.build(), CACHED))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("block is 0; allowed: 1 or more with block-causal attention");
  }

  @Test
  void ofADelayedCacheAndRemaskingTheOneThatTheRequestNamesTakesThePlaceOfTheModelsOwn() {
    var delayed = BLOCK_CAUSAL.forCache(CacheMode.DELAYED);
    var all = attending(ATTENTION_MODE_BIDIRECTIONAL).build();
    assertThat(DecodingReader.read(all, delayed))
        .isEqualTo(delayed.withCache(CacheMode.PREFIX).withAttention(AttentionMode.BIDIRECTIONAL));
    var remasked = Decoding.newBuilder().setRemask(0.2).build();
    assertThat(DecodingReader.read(remasked, delayed)).isEqualTo(BLOCK_CAUSAL.withRemask(0.2));
    var named = Decoding.newBuilder().setCache(Cache.CACHE_DELAYED);
    assertThat(DecodingReader.read(named.build(), CACHED))
        .isEqualTo(delayed.withGuidance(new Guidance(0, GuidanceSchedule.CONSTANT)));
    assertThatThrownBy(() -> DecodingReader.read(named.setRemask(0.2).build(), CACHED))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("remask is 0.2; allowed: none with the cache delayed");
  }

  @Test
  void aModelThatWritesBlockCausallyMayBeAskedToSeeAllOrToBeGuidedOrVerified() {
    var all = attending(ATTENTION_MODE_BIDIRECTIONAL).build();
    assertThat(DecodingReader.read(all, BLOCK_CAUSAL))
        .isEqualTo(BLOCK_CAUSAL.withAttention(AttentionMode.BIDIRECTIONAL));
    assertThat(DecodingReader.read(Decoding.newBuilder().setGuidance(3).build(), BLOCK_CAUSAL))
        .isEqualTo(
            BLOCK_CAUSAL
                .withCache(CacheMode.NONE)
                .withGuidance(new Guidance(3, GuidanceSchedule.CONSTANT)));
    var lossless = Decoding.newBuilder().setVerify(Verify.VERIFY_LOSSLESS).build();
    assertThat(DecodingReader.read(lossless, BLOCK_CAUSAL).attention())
        .isEqualTo(AttentionMode.BIDIRECTIONAL);
    var repair = Decoding.newBuilder().setVerify(Verify.VERIFY_REPAIR).build();
    assertThat(DecodingReader.read(repair, BLOCK_CAUSAL).attention())
        .isEqualTo(AttentionMode.BLOCK_CAUSAL);
  }

  @Test
  void aScheduleOfGuidanceKeepsTheModelsWeightAndTheOtherWayRound() {
    var schedule = io.redraft.proto.v1.GuidanceSchedule.GUIDANCE_SCHEDULE_LINEAR_DOWN;
    var down = Decoding.newBuilder().setGuidanceSchedule(schedule).build();
    assertThat(DecodingReader.read(down, MODEL).guidance())
        .isEqualTo(new Guidance(1.5, GuidanceSchedule.LINEAR_DOWN));
    assertThat(DecodingReader.read(Decoding.newBuilder().setGuidance(3).build(), MODEL).guidance())
        .isEqualTo(new Guidance(3, GuidanceSchedule.LINEAR_UP));
    assertThatThrownBy(() -> DecodingReader.read(down, DecodeOptions.DEFAULTS))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("guidance_schedule is linear-down; allowed: only with guidance");
  }

  @Test
  void whatIsToldOfAModelAsksForItsDefaults() {
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
      for (var options : List.of(MODEL, DecodeOptions.DEFAULTS)) {
        var told = options.forPolicy(policy);
        // Read over other defaults that say as little about what is left out.
        var others = told.withPolicy(new RevealPolicy.Random()).withBlock(3).withWindow(9);
        assertThat(DecodingReader.read(DecodingWriter.write(told), others)).isEqualTo(told);
      }
    }
  }
}
