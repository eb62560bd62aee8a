package io.redraft.server.grpc;

import io.redraft.actors.serving.GenerationRequest;
import io.redraft.actors.serving.RequestLimits;
import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.CacheMode;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.Guidance;
import io.redraft.model.decode.GuidanceSchedule;
import io.redraft.model.decode.Segment;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.text.Tokenizer;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.Limits;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongSupplier;

/**
 * From a request of the API to one in the domain's terms. What is wrong with a field alone is
 * refused here, by the name that the API gives it; what depends on the model, by serving.
 */
public final class RequestReader {
  private final Tokenizer tokenizer;
  private final NetworkConfig network;
  private final DecodeOptions defaults;
  private final LongSupplier seeds;

  /**
   * A reader for one model's text.
   *
   * @param network shape of the model
   * @param defaults how the model is decoded where a request does not say
   * @param seeds draws a seed for a request that has none
   */
  public RequestReader(
      Tokenizer tokenizer, NetworkConfig network, DecodeOptions defaults, LongSupplier seeds) {
    this.tokenizer = tokenizer;
    this.network = network;
    this.defaults = defaults;
    this.seeds = seeds;
  }

  /**
   * Refuses what is wrong whatever the model, so that a user need not wait for one to be loaded.
   *
   * @throws InvalidInputException naming the field that is not allowed
   */
  public static void check(GenerateRequest request) {
    // A schedule alone is right for a model with a weight of its own, a cache for one with blocks.
    var some = new Guidance(1, GuidanceSchedule.CONSTANT);
    DecodingReader.read(
        request.getDecoding(), DecodeOptions.DEFAULTS.withGuidance(some).withBlock(1));
  }

  /**
   * The request in the domain's terms.
   *
   * @throws InvalidInputException where the request cannot be carried out as it stands
   */
  public GenerationRequest read(GenerateRequest request, Optional<Instant> deadline) {
    return read(request, deadline, false);
  }

  /** The same of a text that its client edits meanwhile, anywhere. */
  GenerationRequest readEdited(GenerateRequest request, Optional<Instant> deadline) {
    return read(request, deadline, true);
  }

  private GenerationRequest read(
      GenerateRequest request, Optional<Instant> deadline, boolean edited) {
    var segments = segments(request);
    return new GenerationRequest(
        request.getModel(),
        segments,
        options(request, segments, edited),
        request.hasSeed() ? request.getSeed() : seeds.getAsLong(),
        drafts(request),
        deadline,
        request.getPriority(),
        request.getTenant(),
        limits(request.getLimits()));
  }

  /**
   * How long the request's stream is kept without a client, where it says so itself.
   *
   * @throws InvalidInputException where it cannot be kept at all
   */
  static Optional<Duration> resumeWindow(GenerateRequest request) {
    if (!request.hasResumeWindowMs()) {
      return Optional.empty();
    }
    long window = Integer.toUnsignedLong(request.getResumeWindowMs());
    if (!request.getResumable()) {
      throw InvalidInputException.of("resume_window_ms", window, "none without resumable");
    }
    if (window == 0) {
      throw InvalidInputException.of("resume_window_ms", window, "1 or more");
    }
    return Optional.of(Duration.ofMillis(window));
  }

  /** Edits name events of one client's call, so a call that takes edits cannot be resumed. */
  static void refuseResumable(GenerateRequest request) {
    if (request.getResumable() || request.hasResumeWindowMs()) {
      throw InvalidInputException.of("resumable", true, "false in Refine");
    }
  }

  private static RequestLimits limits(Limits limits) {
    return new RequestLimits(
        limits.hasMaxTokens()
            ? OptionalInt.of(number("limits.max_tokens", limits.getMaxTokens()))
            : OptionalInt.empty(),
        limits.hasMaxSteps()
            ? OptionalInt.of(number("limits.max_steps", limits.getMaxSteps()))
            : OptionalInt.empty(),
        limits.hasMaxTimeMs()
            ? Optional.of(Duration.ofMillis(Integer.toUnsignedLong(limits.getMaxTimeMs())))
            : Optional.empty());
  }

  /** A reader of edits in the same tokens. */
  EditReader edits() {
    return new EditReader(tokenizer);
  }

  /** A model's own guidance does not stand in the way of a request without text to guide by. */
  private DecodeOptions options(GenerateRequest request, List<Segment> segments, boolean edited) {
    var options =
        DecodingReader.read(
            request.getDecoding(), own(request, edited || textBehindMasks(segments)));
    if (request.getDecoding().hasBlock()) {
      refuseOverlong(options.block(), segments);
    }
    boolean text =
        segments.stream().anyMatch(s -> s instanceof Segment.Fixed f && f.tokens().length > 0);
    return text || request.getDecoding().hasGuidance()
        ? options
        : options.withGuidance(Guidance.NONE);
  }

  /**
   * The model's own options. Block-causal attention is a wish: it gives way to fixed text behind a
   * mask, which it would not see, and to a block that it has not learned.
   *
   * @param textBehind whether fixed text may stand behind a mask
   */
  private DecodeOptions own(GenerateRequest request, boolean textBehind) {
    var decoding = request.getDecoding();
    boolean gives =
        network.attends(AttentionMode.BIDIRECTIONAL)
            && defaults.attention() == AttentionMode.BLOCK_CAUSAL
            && decoding.getAttentionValue() == 0
            && (textBehind
                || decoding.hasBlock() && !network.attentionBlocks().contains(decoding.getBlock()));
    return gives
        ? defaults.withAttention(AttentionMode.BIDIRECTIONAL).withCache(CacheMode.NONE)
        : defaults;
  }

  private static boolean textBehindMasks(List<Segment> segments) {
    boolean masks = false;
    for (var segment : segments) {
      if (masks && segment instanceof Segment.Fixed fixed && fixed.tokens().length > 0) {
        return true;
      }
      masks |= segment instanceof Segment.Masked;
    }
    return false;
  }

  /** A block that was asked for ends within the canvas; the model's own is a wish. */
  private static void refuseOverlong(int block, List<Segment> segments) {
    long canvas = 0;
    for (var segment : segments) {
      if (segment instanceof Segment.Masked open && open.count() == 0) {
        return; // as long as the model allows
      }
      canvas +=
          segment instanceof Segment.Masked masked
              ? masked.count()
              : ((Segment.Fixed) segment).tokens().length;
    }
    if (block > canvas) {
      throw InvalidInputException.of("block", block, "at most %d, the canvas".formatted(canvas));
    }
  }

  private static Optional<Duration> drafts(GenerateRequest request) {
    return request.getOmitDrafts()
        ? Optional.empty()
        : Optional.of(Duration.ofMillis(number("draft_interval_ms", request.getDraftIntervalMs())));
  }

  private List<Segment> segments(GenerateRequest request) {
    List<Segment> segments = new ArrayList<>();
    for (var segment : request.getSegmentsList()) {
      switch (segment.getKindCase()) {
        case TEXT -> segments.add(new Segment.Fixed(tokenizer.encode(segment.getText())));
        case MASK -> segments.add(new Segment.Masked(number("mask", segment.getMask())));
        default ->
            throw InvalidInputException.of(
                "segments", "an entry with neither", "text or mask in every entry");
      }
    }
    return segments;
  }

  /** An unsigned number that must fit a signed one. */
  static int number(String field, int unsigned) {
    if (unsigned < 0) {
      throw InvalidInputException.of(
          field, Integer.toUnsignedString(unsigned), "at most " + Integer.MAX_VALUE);
    }
    return unsigned;
  }
}
