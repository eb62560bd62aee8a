package io.redraft.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.decode.CacheMode;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.FakeDenoiser;
import io.redraft.model.nn.AttentionMode;
import io.redraft.proto.v1.Decoding;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.Segment;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A model that writes block-causally where nobody says otherwise. */
class RequestReaderTest {
  private static final DecodeOptions WISH =
      DecodeOptions.DEFAULTS
          .withAttention(AttentionMode.BLOCK_CAUSAL)
          .withBlock(8)
          .withCache(CacheMode.PREFIX);

  private final RequestReader reader =
      new RequestReader(
          new ByteTokenizer(),
          FakeDenoiser.config(258, 32).withAttentionBlocks(List.of(4, 8)),
          WISH,
          () -> 1);

  private static GenerateRequest.Builder written(String... parts) {
    var request = GenerateRequest.newBuilder();
    for (var part : parts) {
      request.addSegments(
          part.isEmpty() ? Segment.newBuilder().setMask(6) : Segment.newBuilder().setText(part));
    }
    return request;
  }

  private DecodeOptions options(GenerateRequest.Builder request) {
    return reader.read(request.build(), Optional.empty()).options();
  }

  @Test
  void theModelsAttentionHoldsWhereNothingStandsBehindAMask() {
    assertThat(options(written("a", ""))).isEqualTo(WISH);
    assertThat(options(written("a", "", ""))).isEqualTo(WISH);
    assertThat(options(written("a", "").setDecoding(Decoding.newBuilder().setBlock(4))))
        .isEqualTo(WISH.withBlock(4));
  }

  @Test
  void itGivesWayToTextThatItWouldNotSee() {
    var seen = WISH.withAttention(AttentionMode.BIDIRECTIONAL).withCache(CacheMode.NONE);
    assertThat(options(written("a", "", "b", ""))).isEqualTo(seen);
    assertThat(reader.readEdited(written("a", "").build(), Optional.empty()).options())
        .isEqualTo(seen);
  }

  @Test
  void itGivesWayToABlockThatTheModelHasNotLearned() {
    var options = options(written("a", "").setDecoding(Decoding.newBuilder().setBlock(5)));
    assertThat(options.attention()).isEqualTo(AttentionMode.BIDIRECTIONAL);
    assertThat(options.block()).isEqualTo(5);
  }

  @Test
  void whatTheRequestAsksForIsNotChanged() {
    var asked =
        Decoding.newBuilder()
            .setAttention(io.redraft.proto.v1.AttentionMode.ATTENTION_MODE_BLOCK_CAUSAL);
    assertThat(options(written("a", "", "b").setDecoding(asked)).attention())
        .isEqualTo(AttentionMode.BLOCK_CAUSAL);
  }
}
