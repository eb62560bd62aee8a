package io.redraft.server.grpc;

import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.redraft.actors.resume.ResumableStreams;
import io.redraft.actors.serving.Edits;
import io.redraft.actors.serving.Serving;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.GenerationGrpc;
import io.redraft.proto.v1.RefineRequest;
import io.redraft.proto.v1.RefineStart;
import io.redraft.proto.v1.ResumeRequest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;

/**
 * {@code redraft.v1.Generation}: every call becomes a {@link ClientStream}. A call's deadline goes
 * with the request; a call that is cancelled frees its place at the next step, unless its stream
 * can be resumed. {@code Refine} has a {@link RefineCall} beside it, for what the client says
 * meanwhile.
 */
public final class GenerationService extends GenerationGrpc.GenerationImplBase {
  private final ActorSystem<?> system;
  private final ActorRef<Serving.Command> serving;
  private final ActorRef<ResumableStreams.Command> streams;
  private final RequestReader reader;
  private final EventWriter writer;
  private final InstantSource clock;
  private final AtomicLong calls = new AtomicLong();

  /**
   * A service before {@code serving}; its streams are actors of {@code system}.
   *
   * @param streams those that can be resumed
   */
  public GenerationService(
      ActorSystem<?> system,
      ActorRef<Serving.Command> serving,
      ActorRef<ResumableStreams.Command> streams,
      RequestReader reader,
      EventWriter writer,
      InstantSource clock) {
    this.system = system;
    this.serving = serving;
    this.streams = streams;
    this.reader = reader;
    this.writer = writer;
    this.clock = clock;
  }

  @Override
  public void generate(GenerateRequest call, StreamObserver<GenerateEvent> observer) {
    var client = (ServerCallStreamObserver<GenerateEvent>) observer;
    ClientStream.Source source;
    try {
      source = source(call);
    } catch (RuntimeException wrong) {
      client.onError(StatusTable.ofReading(wrong));
      return;
    }
    answer(call.getResumable() ? streams : serving, source, client);
  }

  private void answer(
      ActorRef<?> asked,
      ClientStream.Source source,
      ServerCallStreamObserver<GenerateEvent> client) {
    var stream = open(ClientStream.create(asked, source, client, writer));
    client.setOnReadyHandler(() -> stream.tell(new ClientStream.Writable()));
    client.setOnCancelHandler(() -> stream.tell(new ClientStream.Gone()));
  }

  private ClientStream.Source source(GenerateRequest call) {
    var request = reader.read(call, deadline());
    var window = RequestReader.resumeWindow(call);
    return call.getResumable()
        ? (events, answers) ->
            streams.tell(new ResumableStreams.Open(request, window, events, answers))
        : (events, answers) ->
            serving.tell(new Serving.Generate(request, Edits.NONE, events, answers));
  }

  @Override
  public void resume(ResumeRequest call, StreamObserver<GenerateEvent> observer) {
    answer(
        streams,
        (events, answers) ->
            streams.tell(
                new ResumableStreams.Resume(call.getStreamId(), call.getAfter(), events, answers)),
        (ServerCallStreamObserver<GenerateEvent>) observer);
  }

  @Override
  public StreamObserver<RefineRequest> refine(StreamObserver<GenerateEvent> observer) {
    var client = (ServerCallStreamObserver<GenerateEvent>) observer;
    var deadline = deadline();
    return new RefineCall(client, reader.edits(), start -> refine(start, deadline, client));
  }

  private ActorRef<ClientStream.Command> refine(
      RefineStart start,
      Optional<Instant> deadline,
      ServerCallStreamObserver<GenerateEvent> client) {
    RequestReader.refuseResumable(start.getRequest());
    var request = reader.readEdited(start.getRequest(), deadline);
    var edits = start.getKeepOpen() ? Edits.KEPT_OPEN : Edits.UNTIL_FINISHED;
    return open(
        ClientStream.create(
            serving,
            (events, answers) ->
                serving.tell(new Serving.Generate(request, edits, events, answers)),
            client,
            writer));
  }

  /** No text waits for edits any more: each is finished as soon as it has no mask. */
  void endEdits() {
    serving.tell(new Serving.EndEdits());
  }

  private ActorRef<ClientStream.Command> open(Behavior<ClientStream.Command> stream) {
    return system.systemActorOf(stream, "client-" + calls.incrementAndGet(), Props.empty());
  }

  private Optional<Instant> deadline() {
    var deadline = Context.current().getDeadline();
    return Optional.ofNullable(deadline)
        .map(at -> clock.instant().plusNanos(at.timeRemaining(TimeUnit.NANOSECONDS)));
  }
}
