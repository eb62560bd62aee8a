package io.redraft.server.training;

import io.redraft.actors.training.RunState;
import io.redraft.actors.training.TrainingRun;
import io.redraft.actors.training.TrainingRuns;
import io.redraft.cluster.RedraftNode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.AskPattern;

/** What a node's runs are asked, with the patience that each question deserves. */
final class Questions {
  /** A run that wakes up reads its journal first. */
  private static final Duration SOON = Duration.ofSeconds(30);

  /** Some answers come after the current step and its checkpoint, as a shutdown waits for them. */
  static final Duration AFTER_A_STEP = Duration.ofMinutes(10);

  private final RedraftNode node;

  Questions(RedraftNode node) {
    this.node = node;
  }

  /** All runs, in the order in which they were started. */
  CompletableFuture<List<TrainingRuns.Entry>> runs() {
    return ask(node.training(), TrainingRuns.ListAll::new, SOON);
  }

  /** Where a run is; nothing where it has gone meanwhile, as one does that was refused. */
  CompletableFuture<Optional<RunState>> state(TrainingRuns.Entry entry) {
    CompletableFuture<RunState> state = ask(entry.run(), TrainingRun.GetState::new, SOON);
    return state.thenApply(Optional::of).exceptionally(late -> Optional.empty());
  }

  CompletableFuture<TrainingRuns.Released> release(TrainingRuns.Entry entry) {
    return ask(node.training(), replyTo -> new TrainingRuns.Release(entry.id(), replyTo), SOON);
  }

  /** Stops all runs with checkpoints. */
  CompletableFuture<TrainingRuns.AllStopped> stopAll() {
    return ask(node.training(), TrainingRuns.StopAll::new, AFTER_A_STEP);
  }

  /** Asks a run for something that it may do only after its current step. */
  <A> CompletableFuture<A> steer(
      TrainingRuns.Entry entry, Function<ActorRef<A>, TrainingRun.Command> question) {
    return ask(entry.run(), question, AFTER_A_STEP);
  }

  private <Q, A> CompletableFuture<A> ask(
      ActorRef<Q> asked, Function<ActorRef<A>, ? extends Q> question, Duration patience) {
    return AskPattern.<Q, A>ask(asked, question::apply, patience, node.system().scheduler())
        .toCompletableFuture();
  }
}
