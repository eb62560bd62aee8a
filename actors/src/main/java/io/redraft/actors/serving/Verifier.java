package io.redraft.actors.serving;

import io.redraft.actors.serving.GenerationEvent.Refusal;
import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.Verification;
import io.redraft.model.decode.VerifierSequence;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The causal model beside the one that is served, as {@link Serving} knows it. It has a queue, an
 * executor and sequences of its own ({@link DeviceLane}), and comes and goes by itself: without it
 * texts are served all the same, just not verified.
 *
 * @param scheduler where sessions ask for its passes
 * @param model what it is; empty until it was loaded for the first time
 * @param reported whether it is known if it can be loaded
 * @param up whether it can be asked now
 */
record Verifier(
    ActorRef<BatchScheduler.Command> scheduler,
    Optional<ModelInfo> model,
    boolean reported,
    boolean up) {

  /** A verifier that is being loaded. */
  Verifier(ActorRef<BatchScheduler.Command> scheduler) {
    this(scheduler, Optional.empty(), false, false);
  }

  /** After a report of its device. */
  Verifier after(DeviceExecutor.Report report) {
    return report instanceof DeviceExecutor.Up loaded
        ? new Verifier(scheduler, Optional.of(loaded.model()), true, true)
        : new Verifier(scheduler, model, true, false);
  }

  /** How it reads canvases. */
  VerifierSequence sequence() {
    return new VerifierSequence(model.map(info -> info.network().beginToken()).orElse(-1));
  }

  /**
   * Refuses what no verifier, or not this one, can do.
   *
   * @return why a text that needs the verifier cannot be written now
   * @throws InvalidInputException naming the field
   */
  static Optional<Failure> check(Optional<Verifier> verifier, DecodePlan plan, Edits edits) {
    var mode = plan.options().verification().mode();
    if (mode == Verification.Mode.OFF) {
      return Optional.empty();
    }
    if (verifier.isEmpty()) {
      throw InvalidInputException.of(
          "verify", Choice.key(mode), "off; this server has no verifier");
    }
    if (edits != Edits.NONE) {
      throw InvalidInputException.of("verify", Choice.key(mode), "off for a text that is edited");
    }
    verifier.get().checkLength(plan);
    return mode == Verification.Mode.LOSSLESS && !verifier.get().up()
        ? Optional.of(new Failure(Refusal.UNAVAILABLE, "verify", "the verifier is not available"))
        : Optional.empty();
  }

  private void checkLength(DecodePlan plan) {
    int most = model.map(info -> info.network().contextLength()).orElse(Integer.MAX_VALUE);
    int begin = sequence().begin() < 0 ? 0 : 1;
    if (plan.length() > most - begin) {
      throw new InvalidInputException(
          "length",
          "the text is %d tokens long; allowed: at most %d, what the verifier can read"
              .formatted(plan.length(), most - begin));
    }
  }
}
