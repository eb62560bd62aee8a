package io.redraft.actors.serving;

import io.redraft.model.InvalidInputException;
import java.time.Duration;

/**
 * What is kept for clients that are slow, or away.
 *
 * @param maxUnread bytes ({@link EventBytes}) that wait for a reader; while there are more, its
 *     text takes no step
 * @param resumeWindow how long a stream that can be resumed is kept without a client; zero: none
 *     can be
 * @param resumeTokens lengths of the ended texts that are kept so, together; beyond it the one that
 *     ended first is forgotten
 */
public record StreamSettings(long maxUnread, Duration resumeWindow, int resumeTokens) {
  public StreamSettings {
    if (maxUnread < 1) {
      throw InvalidInputException.of("redraft.serving.max-unread", maxUnread, "1 byte or more");
    }
    if (resumeWindow.isNegative()) {
      throw InvalidInputException.of("redraft.serving.resume-window", resumeWindow, "0 or more");
    }
    if (resumeTokens < 0) {
      throw InvalidInputException.of("redraft.serving.resume-tokens", resumeTokens, "0 or more");
    }
  }
}
