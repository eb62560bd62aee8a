package io.redraft.actors.serving;

import java.time.Instant;
import java.util.Optional;

/**
 * On what terms a session runs.
 *
 * @param priority which of the sessions that are ready goes first
 * @param deadline when it gives up, waiting included
 * @param limits when it is given up; its tokens were checked before
 */
record SessionTerms(int priority, Optional<Instant> deadline, RequestLimits limits) {}
