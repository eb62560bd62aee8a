package io.redraft.server.grpc;

import io.redraft.model.decode.CacheMode;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.GuidanceSchedule;
import io.redraft.model.decode.RevealPolicy;
import io.redraft.model.decode.StepGrid;
import io.redraft.model.nn.DepthExecution;
import io.redraft.proto.v1.AttentionMode;
import io.redraft.proto.v1.Cache;
import io.redraft.proto.v1.Decoding;
import io.redraft.proto.v1.Execution;
import java.util.Locale;

/** From options to the decoding part of a request that asks for just them. */
final class DecodingWriter {
  private DecodingWriter() {}

  /** Every option by its value; what is empty is left out. */
  static Decoding write(DecodeOptions options) {
    Decoding.Builder decoding =
        Decoding.newBuilder()
            .setBlock(options.block())
            .setGrid(grid(options.grid()))
            .setCache(cache(options.cache()))
            .setAttention(attention(options.attention()))
            .setTemperature(options.sampling().temperature())
            .setTopK(options.sampling().topK())
            .setTopP(options.sampling().topP())
            .setWindow(options.window());
    options.steps().ifPresent(decoding::setSteps);
    options.confidenceStop().ifPresent(decoding::setConfidenceStop);
    options.remask().ifPresent(decoding::setRemask);
    options.patience().ifPresent(decoding::setPatience);
    if (options.minTokens() > 0) {
      decoding.setMinTokens(options.minTokens());
    }
    if (options.batchInvariant()) {
      decoding.setBatchInvariant(true);
    }
    options.execution().ifPresent(kind -> decoding.setExecution(execution(kind)));
    if (options.guidance().on()) {
      decoding.setGuidance(options.guidance().weight());
      decoding.setGuidanceSchedule(schedule(options.guidance().schedule()));
    }
    writePolicy(options.policy(), decoding);
    return decoding.build();
  }

  private static void writePolicy(RevealPolicy policy, Decoding.Builder decoding) {
    if (policy instanceof RevealPolicy.Threshold numbered) {
      decoding.setThreshold(numbered.threshold());
    } else if (policy instanceof RevealPolicy.Factor numbered) {
      decoding.setFactor(numbered.factor());
    } else if (policy instanceof RevealPolicy.Entropy numbered) {
      decoding.setGamma(numbered.gamma());
    }
    decoding.setPolicy(kind(policy));
  }

  /** The API names a policy as users do; one that it lacks is an error, never another policy. */
  private static io.redraft.proto.v1.RevealPolicy kind(RevealPolicy policy) {
    String name = policy.key().toUpperCase(Locale.ROOT).replace('-', '_');
    return io.redraft.proto.v1.RevealPolicy.valueOf("REVEAL_POLICY_" + name);
  }

  private static Execution execution(DepthExecution execution) {
    return switch (execution) {
      case SUFFIX -> Execution.EXECUTION_SUFFIX;
      case LOCAL -> Execution.EXECUTION_LOCAL;
      case BAND -> Execution.EXECUTION_BAND;
      case PREFIX -> Execution.EXECUTION_PREFIX;
    };
  }

  private static Cache cache(CacheMode cache) {
    return switch (cache) {
      case NONE -> Cache.CACHE_NONE;
      case PREFIX -> Cache.CACHE_PREFIX;
      case DUAL -> Cache.CACHE_DUAL;
      case DELAYED -> Cache.CACHE_DELAYED;
    };
  }

  static AttentionMode attention(io.redraft.model.nn.AttentionMode attention) {
    return switch (attention) {
      case BIDIRECTIONAL -> AttentionMode.ATTENTION_MODE_BIDIRECTIONAL;
      case CAUSAL -> AttentionMode.ATTENTION_MODE_CAUSAL;
      case BLOCK_CAUSAL -> AttentionMode.ATTENTION_MODE_BLOCK_CAUSAL;
    };
  }

  private static io.redraft.proto.v1.GuidanceSchedule schedule(GuidanceSchedule schedule) {
    return switch (schedule) {
      case CONSTANT -> io.redraft.proto.v1.GuidanceSchedule.GUIDANCE_SCHEDULE_CONSTANT;
      case LINEAR_UP -> io.redraft.proto.v1.GuidanceSchedule.GUIDANCE_SCHEDULE_LINEAR_UP;
      case LINEAR_DOWN -> io.redraft.proto.v1.GuidanceSchedule.GUIDANCE_SCHEDULE_LINEAR_DOWN;
    };
  }

  private static io.redraft.proto.v1.StepGrid grid(StepGrid grid) {
    return switch (grid) {
      case UNIFORM -> io.redraft.proto.v1.StepGrid.STEP_GRID_UNIFORM;
      case COSINE -> io.redraft.proto.v1.StepGrid.STEP_GRID_COSINE;
    };
  }
}
