package io.redraft.actors.serving;

import io.redraft.actors.serving.GenerationEvent.Refusal;
import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.DecodePlan;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What is refused whoever else is there, and in which words. */
final class RequestRules {
  private final ServingSettings settings;

  RequestRules(ServingSettings settings) {
    this.settings = settings;
  }

  /** Why a request is not for this model or comes too late. */
  Optional<Admission.Refused> unfit(GenerationRequest request, ModelInfo model, Instant now) {
    if (!request.model().isEmpty() && !request.model().equals(model.name())) {
      var message = "model is " + request.model() + "; allowed: " + model.name();
      return Optional.of(refused(Refusal.NOT_FOUND, "model", message));
    }
    if (request.deadline().filter(deadline -> !deadline.isAfter(now)).isPresent()) {
      var message = "the deadline had passed before the request arrived";
      return Optional.of(refused(Refusal.DEADLINE, "", message));
    }
    return Optional.empty();
  }

  /**
   * Refuses what could never be carried out.
   *
   * @throws InvalidInputException naming the field
   */
  void check(GenerationRequest request, DecodePlan plan) {
    int asked = plan.length() - plan.pinned();
    most("limits.max_tokens", asked, "to be written", request.limits(), "limits.max_tokens");
    most("mask", asked, "to be written", settings.limits(), "redraft.serving.limits.max-tokens");
    if (plan.length() > settings.maxTokens()) {
      throw tooLong(
          "length", plan.length(), "long", settings.maxTokens(), "redraft.serving.max-tokens");
    }
  }

  private static void most(
      String field, int asked, String what, RequestLimits limits, String limit) {
    if (limits.maxTokens().isPresent() && asked > limits.maxTokens().getAsInt()) {
      throw tooLong(field, asked, what, limits.maxTokens().getAsInt(), limit);
    }
  }

  private static InvalidInputException tooLong(
      String field, int asked, String what, int most, String limit) {
    return new InvalidInputException(
        field,
        "the text is %d tokens %s; allowed: at most %d (%s)".formatted(asked, what, most, limit));
  }

  /** A request that finds no room, or is displaced by another tenant's. */
  Failure full(Duration retryAfter) {
    var message =
        "the server is at its limit of %d requests (%d tokens) and %d waiting (%d tokens)"
            .formatted(
                settings.maxSessions(),
                settings.maxTokens(),
                settings.maxQueued(),
                settings.maxQueuedTokens());
    return new Failure(Refusal.OVERLOADED, "", message, retryAfter);
  }

  /** A request that finds nobody to serve it. */
  Failure notNow(ServingPhase phase) {
    var message =
        phase instanceof ServingPhase.Draining
            ? "the server is shutting down"
            : phase instanceof ServingPhase.Loading
                ? "the model is being loaded"
                : "the model is not available";
    return new Failure(Refusal.UNAVAILABLE, "", message, settings.retryAfter());
  }

  /** A request on which serving itself fails. */
  static Failure failed() {
    return new Failure(Refusal.INTERNAL, "", "the server failed on this request");
  }

  /** The answer to a request that cannot be carried out as it stands. */
  static Admission.Refused invalid(InvalidInputException wrong) {
    return refused(Refusal.INVALID, wrong.field(), wrong.getMessage());
  }

  /** The answer to a request that is refused for such a reason. */
  static Admission.Refused refused(Failure failure) {
    return new Admission.Refused(
        failure.refusal(), failure.field(), failure.message(), failure.retryAfter());
  }

  private static Admission.Refused refused(Refusal refusal, String field, String message) {
    return refused(new Failure(refusal, field, message));
  }
}
