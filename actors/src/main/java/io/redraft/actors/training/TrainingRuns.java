package io.redraft.actors.training;

import io.redraft.model.train.curriculum.StagedRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.persistence.typed.internal.JournalFailureException;

/**
 * The runs of this process, each a {@link TrainingRun} with its folder's {@link RunClaim}. A run
 * that has ended stays, so that it can be looked at and resumed; one that was refused does not.
 *
 * <pre>
 *   a run:  ── started ──▶ HELD ── refused, released, or its actor died ──▶ folder let go
 *                 └ another has its id ──▶ refused, folder let go
 * </pre>
 *
 * <p>Supervision: <b>stop</b>. A run restarts what is below it, and itself where its journal fails
 * for a moment; what goes beyond that is a bug or a lost disk, and whoever started the run is told.
 */
public final class TrainingRuns extends AbstractBehavior<TrainingRuns.Command> {
  /** What is asked about runs. */
  public sealed interface Command {}

  /**
   * Begins a run, or goes on with one; answered with it, or with why it was not begun, in which
   * case its claim is let go.
   *
   * @param resume whether to go on from checkpoints and ends of an earlier process
   * @param subscriber told of everything that happens
   */
  public record Start(
      StagedRun run,
      RunClaim claim,
      TrainingRunSettings settings,
      boolean resume,
      ActorRef<RunEvent> subscriber,
      ActorRef<Started> replyTo)
      implements Command {}

  /** How a start is answered. */
  public sealed interface Started {}

  /** The run is not begun; {@code message} is for the user. */
  public record NotStarted(String field, String message) implements Started {}

  /** Asks for all runs, in the order in which they were started. */
  public record ListAll(ActorRef<List<Entry>> replyTo) implements Command {}

  /**
   * Forgets a run that has ended, so that its folder is free; answered with whether it is. A run
   * that is not here is forgotten already.
   */
  public record Release(String run, ActorRef<Released> replyTo) implements Command {}

  /** Whether a run's folder is free. */
  public record Released(boolean free) {}

  /**
   * Asks how a run goes that is not here any more; answered once it is so, after everything that
   * the run itself says.
   */
  public record AwaitGone(ActorRef<TrainingRun.Command> run, ActorRef<Gone> replyTo)
      implements Command {}

  /** A run is not here any more. Why, where it died of something. */
  public record Gone(Optional<TrainingEvent.Failed> why) {}

  /** Stops all runs after their current steps, with checkpoints; answered when all have ended. */
  public record StopAll(ActorRef<AllStopped> replyTo) implements Command {}

  /** All runs have ended. */
  public record AllStopped() {}

  /**
   * A run of this process.
   *
   * @param id what its journal knows it by
   * @param run to ask it
   */
  public record Entry(String id, Path folder, ActorRef<TrainingRun.Command> run)
      implements Started {}

  private record Stopped(ActorRef<TrainingRun.Command> run) implements Command {}

  private record Kept(ActorRef<TrainingRun.Command> run) implements Command {}

  private record LetGo() implements Command {}

  private record Held(
      Entry entry, RunClaim claim, ActorRef<RunEvent> subscriber, Set<ActorRef<Gone>> awaiting) {}

  /** Whoever asks has a patience of its own; this only bounds what is remembered. */
  private static final Duration LONGEST_STOP = Duration.ofHours(1);

  private final Map<String, Held> runs = new LinkedHashMap<>();
  private final List<ActorRef<AllStopped>> stopping = new ArrayList<>();
  private final Map<ActorRef<TrainingRun.Command>, List<ActorRef<Released>>> releasing =
      new HashMap<>();
  private final Set<ActorRef<TrainingRun.Command>> asked = new HashSet<>();

  /** No runs yet. */
  public static Behavior<Command> create() {
    return Behaviors.setup(TrainingRuns::new);
  }

  private TrainingRuns(ActorContext<Command> context) {
    super(context);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Start.class, this::onStart)
        .onMessage(ListAll.class, this::onListAll)
        .onMessage(Release.class, this::onRelease)
        .onMessage(AwaitGone.class, this::onAwaitGone)
        .onMessage(Kept.class, kept -> released(kept.run(), false))
        .onMessage(LetGo.class, gone -> this) // it says so itself when it is gone
        .onMessage(StopAll.class, this::onStopAll)
        .onMessage(Stopped.class, stopped -> onStopped(stopped.run()))
        .onSignal(ChildFailed.class, failed -> onGone(failed.getRef(), Optional.of(failed.cause())))
        .onSignal(Terminated.class, gone -> onGone(gone.getRef(), Optional.empty()))
        .onSignal(PostStop.class, stop -> onPostStop())
        .build();
  }

  private Behavior<Command> onStart(Start start) {
    var id = start.claim().id();
    var other = runs.get(id);
    if (other != null) {
      start.claim().close();
      start.replyTo().tell(sameJournal(start.run().folder(), other.entry()));
      return this;
    }
    var run =
        getContext()
            .spawnAnonymous(
                TrainingRun.create(
                    id,
                    start.settings(),
                    start.run(),
                    start.claim().journal(),
                    start.resume(),
                    start.subscriber()));
    getContext().watch(run);
    var entry = new Entry(id, start.run().folder(), run);
    runs.put(id, new Held(entry, start.claim(), start.subscriber(), new HashSet<>()));
    start.replyTo().tell(entry);
    return this;
  }

  /** A folder that was copied has the id of its original, and a journal that both would write. */
  private static NotStarted sameJournal(Path folder, Entry other) {
    return new NotStarted(
        "run.folder",
        "run.folder is %s, whose run-id is %s; allowed: a folder with another run-id than that of %s,"
                .formatted(folder, other.id(), other.folder())
            + " which is trained here");
  }

  private Behavior<Command> onListAll(ListAll list) {
    list.replyTo().tell(runs.values().stream().map(Held::entry).toList());
    return this;
  }

  private Optional<Entry> entry(String run) {
    return runs.values().stream()
        .map(Held::entry)
        .filter(entry -> entry.id().equals(run) || entry.folder().toString().equals(run))
        .findFirst();
  }

  private Behavior<Command> onRelease(Release release) {
    var entry = entry(release.run());
    if (entry.isEmpty()) {
      release.replyTo().tell(new Released(true));
      return this;
    }
    var run = entry.get().run();
    releasing.computeIfAbsent(run, none -> new ArrayList<>()).add(release.replyTo());
    getContext()
        .ask(
            RunAnswer.class,
            run,
            LONGEST_STOP,
            TrainingRun.LetGo::new,
            (answer, late) -> answer instanceof RunAnswer.Accepted ? new LetGo() : new Kept(run));
    return this;
  }

  private Behavior<Command> released(ActorRef<TrainingRun.Command> run, boolean free) {
    var askers = releasing.remove(run);
    if (askers != null) {
      askers.forEach(asker -> asker.tell(new Released(free)));
    }
    return this;
  }

  private Behavior<Command> onAwaitGone(AwaitGone wanted) {
    for (var held : runs.values()) {
      if (held.entry().run().equals(wanted.run())) {
        held.awaiting().add(wanted.replyTo());
        getContext().watch(wanted.replyTo()); // watchers come and go while a run goes on
        return this;
      }
    }
    wanted.replyTo().tell(new Gone(Optional.empty()));
    return this;
  }

  private Behavior<Command> onStopAll(StopAll stop) {
    stopping.add(stop.replyTo());
    for (var held : runs.values()) {
      var run = held.entry().run();
      if (asked.add(run)) {
        getContext()
            .ask(
                TrainingEvent.Ended.class,
                run,
                LONGEST_STOP,
                TrainingRun.Stop::new,
                (ended, late) -> new Stopped(run));
      }
    }
    return answerWhenStopped();
  }

  private Behavior<Command> onStopped(ActorRef<TrainingRun.Command> run) {
    asked.remove(run);
    return answerWhenStopped();
  }

  private Behavior<Command> answerWhenStopped() {
    if (asked.isEmpty()) {
      stopping.forEach(asker -> asker.tell(new AllStopped()));
      stopping.clear();
    }
    return this;
  }

  private Behavior<Command> onGone(ActorRef<Void> who, Optional<Throwable> cause) {
    for (var held : List.copyOf(runs.values())) {
      held.awaiting().removeIf(who::equals);
      if (who.equals(held.entry().run())) {
        runs.remove(held.entry().id());
        held.claim().close();
        var why = cause.map(TrainingRuns::failed);
        why.ifPresent(failed -> held.subscriber().tell(new RunEvent(0, failed)));
        held.awaiting().forEach(watcher -> watcher.tell(new Gone(why)));
        asked.remove(held.entry().run());
        released(held.entry().run(), true);
      }
    }
    return answerWhenStopped();
  }

  private static TrainingEvent.Failed failed(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    var journal = failure instanceof JournalFailureException ? "the journal cannot be used: " : "";
    return new TrainingEvent.Failed(journal + TrainingEvent.Failed.reason(root), -1);
  }

  private Behavior<Command> onPostStop() {
    runs.values().forEach(held -> held.claim().close());
    return this;
  }
}
