package io.redraft.load.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.decode.Denoiser;
import io.redraft.model.nn.ComputeType;
import io.redraft.proto.v1.AttentionMode;
import java.util.List;
import org.junit.jupiter.api.Test;

class EqualityTest {
  private static final int REQUESTS = 24;
  private static final int LONGEST = 30;
  private static final List<Integer> SIZES = ServedTexts.fake().config().attentionBlocks();

  private static Equality.Result compare(Denoiser denoiser, boolean batchInvariant)
      throws Exception {
    return compare(denoiser, batchInvariant, List.of());
  }

  private static Equality.Result compare(
      Denoiser denoiser, boolean batchInvariant, List<Integer> sizes) throws Exception {
    try (var server = ServedTexts.serve(denoiser)) {
      var requests = new EqualityRequests(LONGEST, batchInvariant, sizes).draw(REQUESTS);
      return new Equality(server, requests).compare(List.of(2, 7, 16), size -> {});
    }
  }

  @Test
  void everyRequestIsComparedOnceACrowdAndBatchesAreReal() throws Exception {
    var result = compare(ServedTexts.fake(), false);
    assertThat(result.requests()).isEqualTo(2 * REQUESTS); // each at two temperatures
    assertThat(result.compared()).isEqualTo(3 * 2 * REQUESTS);
    assertThat(result.different()).isZero();
    assertThat(result.differentRequests()).isZero();
    assertThat(result.passes().keySet()).allMatch(size -> size >= 1 && size <= 16);
    assertThat(result.passes().keySet()).anyMatch(size -> size > 7);
    assertThat(EqualityPart.faults(ComputeType.FLOAT32, false, result)).isEmpty();
  }

  @Test
  void blockCausalRequestsAreComparedToo() throws Exception {
    var result = compare(ServedTexts.fake(), false, SIZES);
    assertThat(result.compared()).isEqualTo(3 * 2 * REQUESTS);
    assertThat(result.different()).isZero();
    var careless = compare(new CarelessDenoiser(ServedTexts.fake()), false, SIZES);
    assertThat(careless.different()).isPositive();
  }

  @Test
  void aCrowdThatChangesTextsIsFound() throws Exception {
    var result = compare(new CarelessDenoiser(ServedTexts.fake()), false);
    assertThat(result.different()).isPositive();
    assertThat(result.differentRequests()).isBetween(1, 2 * REQUESTS);
    assertThat(result.examples()).isNotEmpty().allMatch(text -> text.contains("in a crowd of"));
    assertThat(EqualityPart.faults(ComputeType.FLOAT32, false, result)).isNotEmpty();
    assertThat(EqualityPart.faults(ComputeType.BFLOAT16, false, result)).isEmpty();
    assertThat(EqualityPart.faults(ComputeType.BFLOAT16, true, result)).isNotEmpty();
  }

  @Test
  void noCrowdChangesABatchInvariantRequestWhateverTheNetworkDoes() throws Exception {
    var result = compare(new CarelessDenoiser(ServedTexts.fake()), true);
    assertThat(result.compared()).isEqualTo(3 * 2 * REQUESTS);
    assertThat(result.different()).isZero();
    assertThat(result.passes().keySet()).containsExactly(1);
  }

  @Test
  void requestsHaveAllPoliciesAndCachesAtBothTemperatures() {
    var requests = new EqualityRequests(LONGEST, false, SIZES).draw(200);
    assertThat(requests)
        .extracting(r -> r.getDecoding().getPolicy())
        .contains(
            io.redraft.proto.v1.RevealPolicy.REVEAL_POLICY_CONFIDENCE,
            io.redraft.proto.v1.RevealPolicy.REVEAL_POLICY_THRESHOLD,
            io.redraft.proto.v1.RevealPolicy.REVEAL_POLICY_FACTOR,
            io.redraft.proto.v1.RevealPolicy.REVEAL_POLICY_ENTROPY,
            io.redraft.proto.v1.RevealPolicy.REVEAL_POLICY_LINEAR,
            io.redraft.proto.v1.RevealPolicy.REVEAL_POLICY_RANDOM,
            io.redraft.proto.v1.RevealPolicy.REVEAL_POLICY_ANCESTRAL,
            io.redraft.proto.v1.RevealPolicy.REVEAL_POLICY_FIRST_HITTING);
    assertThat(requests).extracting(r -> r.getDecoding().getCacheValue()).contains(1, 2, 3, 4);
    assertThat(requests).extracting(r -> r.getDecoding().getTemperature()).containsOnly(0., 0.8);
    assertThat(requests).anyMatch(r -> r.getDecoding().getGuidance() > 0);
    assertThat(requests).anyMatch(r -> r.getDecoding().getWindow() > 0);
    assertThat(requests)
        .filteredOn(
            r -> r.getDecoding().getAttention() == AttentionMode.ATTENTION_MODE_BLOCK_CAUSAL)
        .extracting(r -> r.getDecoding().getBlock())
        .containsAll(SIZES);
    assertThat(new EqualityRequests(LONGEST, false, SIZES).draw(200)).isEqualTo(requests);
  }
}
