package io.redraft.actors.serving;

import io.redraft.actors.serving.GenerationEvent.Refusal;
import java.time.Duration;
import org.apache.pekko.actor.typed.ActorRef;

/** The answer to a {@link Serving.Generate}, before any event. */
public sealed interface Admission {
  /**
   * The request is accepted; its events go to the subscriber, and end with one {@code Finished} or
   * {@code Failed}.
   *
   * @param session takes {@link GenerationSession.Cancel}; may be told so at any time, even when
   *     the request has ended
   */
  record Admitted(ActorRef<GenerationSession.Command> session, ModelInfo model)
      implements Admission {}

  /**
   * The request is not started and no event will follow.
   *
   * @param field the request's field at fault, else empty
   * @param message may be shown to the client
   * @param retryAfter when to try again; zero where that would not help
   */
  record Refused(Refusal refusal, String field, String message, Duration retryAfter)
      implements Admission {}
}
