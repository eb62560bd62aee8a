package io.redraft.server.training;

import com.google.rpc.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.redraft.actors.training.RunState;
import io.redraft.actors.training.TrainingEvent;
import io.redraft.actors.training.TrainingRun;
import io.redraft.actors.training.TrainingRuns;
import io.redraft.proto.v1.RunEvent;
import io.redraft.server.grpc.StatusTable;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * One client that watches a run: the only thing that writes to its stream. Events are sent while
 * the transport takes them, and wait in a {@link WatchOutbox} while it does not, so that memory is
 * bounded however slow the client is.
 *
 * <pre>
 *   ASKING ── where the run is ──▶ TELLING ── the run's end is sent ──▶ ended
 *     └── the run is gone ────────────┼── the run is gone ────────────▶ ended: why, or unavailable
 *                                     ├── too much waits ─────────────▶ ended: resource exhausted
 *                                     └── client gone ────────────────▶ ended
 * </pre>
 *
 * <p>Supervision: <b>stop</b>, the default of its parent: the observer of a call that failed half
 * way cannot be used again. The run watches this actor and forgets it.
 */
final class WatchStream extends AbstractBehavior<WatchStream.Command> {
  /** What happens on a stream. */
  sealed interface Command {}

  /** The transport takes more. */
  record Writable() implements Command {}

  /** The client cancelled, disconnected or ran into its deadline. */
  record Gone() implements Command {}

  private record Found(RunState state) implements Command {}

  private record Told(io.redraft.actors.training.RunEvent event) implements Command {}

  private record RunGone(Optional<TrainingEvent.Failed> why) implements Command {}

  /** More than a run tells in weeks, but for what gives way. */
  static final int CAPACITY = 1024;

  private final TrainingRuns.Entry entry;
  private final ServerCallStreamObserver<RunEvent> client;
  private final WatchOutbox outbox;
  private boolean ending;
  private boolean closed;

  /**
   * A stream that asks the run at once.
   *
   * @param runs who knows why a run is gone
   * @param after as in {@link TrainingRun.Watch}
   * @param capacity the most events that wait for the client
   */
  static Behavior<Command> create(
      TrainingRuns.Entry entry,
      ActorRef<TrainingRuns.Command> runs,
      OptionalLong after,
      int capacity,
      ServerCallStreamObserver<RunEvent> client) {
    return Behaviors.setup(
        context -> {
          var events = context.messageAdapter(io.redraft.actors.training.RunEvent.class, Told::new);
          var states = context.messageAdapter(RunState.class, Found::new);
          var end =
              context.messageAdapter(TrainingRuns.Gone.class, gone -> new RunGone(gone.why()));
          runs.tell(new TrainingRuns.AwaitGone(entry.run(), end));
          entry.run().tell(new TrainingRun.Watch(events, states, after));
          return new WatchStream(context, entry, capacity, client);
        });
  }

  private WatchStream(
      ActorContext<Command> context,
      TrainingRuns.Entry entry,
      int capacity,
      ServerCallStreamObserver<RunEvent> client) {
    super(context);
    this.outbox = new WatchOutbox(capacity);
    this.entry = entry;
    this.client = client;
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Found.class, this::onFound)
        .onMessage(Told.class, this::onTold)
        .onMessage(Writable.class, writable -> send())
        .onMessage(RunGone.class, this::onRunGone)
        .onMessage(Gone.class, this::onGone)
        .onSignal(PostStop.class, stop -> onPostStop())
        .build();
  }

  /** Always the first that is written; the transport holds one message whatever it says. */
  private Behavior<Command> onFound(Found found) {
    client.onNext(RunEvent.newBuilder().setRun(RunWriter.write(entry, found.state())).build());
    return this;
  }

  private Behavior<Command> onTold(Told told) {
    if (!outbox.offer(told.event())) {
      close(
          StatusTable.of(
              Code.RESOURCE_EXHAUSTED, "", "the watcher reads too slowly; watch the run again"));
      return Behaviors.stopped();
    }
    ending |= told.event().event() instanceof TrainingEvent.Ended;
    return send();
  }

  private Behavior<Command> send() {
    while (client.isReady()) {
      var next = outbox.poll();
      if (next.isEmpty()) {
        break;
      }
      var event = next.get().event();
      client.onNext(RunEventWriter.write(next.get().number(), event));
      if (event instanceof TrainingEvent.Ended) {
        closed = true;
        client.onCompleted();
        return Behaviors.stopped();
      }
    }
    return this;
  }

  /** What it died of is its end. */
  private Behavior<Command> onRunGone(RunGone gone) {
    if (ending) {
      return this; // the client has yet to read it
    }
    if (gone.why().isPresent()) {
      return onTold(new Told(new io.redraft.actors.training.RunEvent(0, gone.why().get())));
    }
    close(unavailable("the run is not here any more; its journal and its folder are"));
    return Behaviors.stopped();
  }

  private Behavior<Command> onGone(Gone gone) {
    closed = true;
    return Behaviors.stopped();
  }

  private Behavior<Command> onPostStop() {
    if (!closed) {
      close(unavailable("the process is shutting down"));
    }
    return this;
  }

  private static StatusRuntimeException unavailable(String message) {
    return StatusTable.unavailable(message);
  }

  private void close(StatusRuntimeException status) {
    closed = true;
    client.onError(status);
  }
}
