package io.redraft.actors.serving;

import io.redraft.model.decode.CausalState;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.FakeCausalModel;
import io.redraft.model.decode.FakeDenoiser;
import io.redraft.model.decode.RepairState;
import io.redraft.model.decode.Verification;
import io.redraft.model.decode.VerifierSequence;
import io.redraft.model.nn.NetworkConfig;
import java.util.Arrays;
import java.util.List;

/** The texts that requests get of fake models, written without any actor. */
final class TextsAlone {
  private static final NetworkConfig CAUSAL = FakeCausalModel.CONFIG;

  private TextsAlone() {}

  /** What a request gets of a denoiser, whatever its verification. */
  static List<Integer> verified(GenerationRequest request, NetworkConfig network) {
    return switch (request.options().verification().mode()) {
      case OFF -> draft(request, network);
      case REPAIR -> repaired(request, network);
      case LOSSLESS -> lossless(request);
    };
  }

  /** The same request's draft. */
  static List<Integer> draft(GenerationRequest request, NetworkConfig network) {
    try (var denoiser = new FakeDenoiser(network, 0)) {
      return boxed(denoiser.write(plan(request, network, request.options())).tokens());
    }
  }

  private static List<Integer> repaired(GenerationRequest request, NetworkConfig network) {
    var state =
        RepairState.start(
            plan(request, network, request.options()), new VerifierSequence(CAUSAL.beginToken()));
    try (var denoiser = new FakeDenoiser(network, 0);
        var verifier = new FakeCausalModel()) {
      while (!state.done()) {
        var result =
            state.asksVerifier()
                ? verifier.extend(List.of(state.nextCheck(1))).get(0)
                : denoiser.denoise(List.of(state.text().next())).get(0);
        state = state.advance(result).state();
      }
    }
    return boxed(state.tokens());
  }

  /** The causal model's text, behind its begin token. */
  static List<Integer> causal(GenerationRequest request) {
    return causal(request, request.options());
  }

  private static List<Integer> lossless(GenerationRequest request) {
    var options = DecodeOptions.DEFAULTS.withSampling(request.options().sampling());
    var tokens = causal(request, options);
    return tokens.subList(1, tokens.size());
  }

  private static List<Integer> causal(GenerationRequest request, DecodeOptions options) {
    var state = CausalState.start(plan(request, CAUSAL, options));
    try (var model = new FakeCausalModel()) {
      while (!state.done()) {
        state = state.advance(model.extend(List.of(state.next(1))).get(0)).state();
      }
    }
    return boxed(state.tokens());
  }

  private static DecodePlan plan(
      GenerationRequest request, NetworkConfig network, DecodeOptions options) {
    return DecodePlan.of(request.segments(), network, options, request.seed());
  }

  private static List<Integer> boxed(int[] tokens) {
    return Arrays.stream(tokens).boxed().toList();
  }

  /** Options of a mode of verification; repairs look at nearly everything. */
  static DecodeOptions options(Verification.Mode mode, DecodeOptions from) {
    return from.forVerification(new Verification(mode, 0.9, 0.1, 2));
  }
}
