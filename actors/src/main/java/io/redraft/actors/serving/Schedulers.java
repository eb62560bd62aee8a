package io.redraft.actors.serving;

import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Where a session asks for forward passes.
 *
 * @param model of the model that writes
 * @param verifier of the causal model that verifies; empty where the text is not verified
 */
record Schedulers(
    ActorRef<BatchScheduler.Command> model, Optional<ActorRef<BatchScheduler.Command>> verifier) {}
