package io.redraft.actors.serving;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * On what terms a session runs.
 *
 * @param priority which of the sessions that are ready goes first
 * @param deadline when it gives up, waiting included
 * @param limits when it is given up; its tokens were checked before
 * @param editIdleTimeout how long a settled text waits for an edit
 * @param verifierTimeout how long a finished draft waits for one answer of the verifier
 */
record SessionTerms(
    int priority,
    Optional<Instant> deadline,
    RequestLimits limits,
    Duration editIdleTimeout,
    Duration verifierTimeout) {}
