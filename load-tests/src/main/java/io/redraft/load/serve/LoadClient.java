package io.redraft.load.serve;

import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import io.redraft.proto.v1.Final;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.GenerationGrpc;
import io.redraft.proto.v1.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** A synthetic client: asks for texts over the public API and reads every event at once. */
public final class LoadClient {
  private static final int PATIENCE_MINUTES = 10;

  private final GenerationGrpc.GenerationStub stub;

  /** A client on a channel. */
  public LoadClient(Channel channel) {
    this.stub = GenerationGrpc.newStub(channel);
  }

  /** Asks for one text and waits for it. */
  public Text alone(GenerateRequest request) {
    return together(List.of(request)).get(0);
  }

  /** Asks for all texts at the same time and waits for all; they come in the order of requests. */
  public List<Text> together(List<GenerateRequest> requests) {
    return together(requests, new CountDownLatch(0));
  }

  /**
   * The same.
   *
   * @param begun counted down by every text's first event, which its fixed text has before any pass
   */
  List<Text> together(List<GenerateRequest> requests, CountDownLatch begun) {
    List<Reader> readers = new ArrayList<>();
    for (var request : requests) {
      var reader = new Reader(begun);
      readers.add(reader);
      stub.withDeadlineAfter(PATIENCE_MINUTES, TimeUnit.MINUTES).generate(request, reader);
    }
    return readers.stream().map(reader -> reader.text.join()).toList();
  }

  /** Folds one stream. */
  private static final class Reader implements StreamObserver<GenerateEvent> {
    private final long start = System.nanoTime();
    private final CompletableFuture<Text> text = new CompletableFuture<>();
    private Slot[] canvas = new Slot[0];
    private final CountDownLatch begun;
    private boolean any;
    private int drafts;
    private Final end;

    private Reader(CountDownLatch begun) {
      this.begun = begun;
    }

    private void begin() {
      if (!any) {
        any = true;
        begun.countDown();
      }
    }

    @Override
    public void onNext(GenerateEvent event) {
      begin();
      switch (event.getEventCase()) {
        case DRAFT -> drafts++;
        case COMMIT -> write(event.getCommit().getCanvasLength(), event.getCommit().getSlotsList());
        case EDIT -> write(canvas.length, event.getEdit().getChangedList());
        case REPAIR -> write(canvas.length, event.getRepair().getAfterList());
        case FINAL -> end = event.getFinal();
        default -> throw new IllegalStateException("an event without content");
      }
    }

    private void write(int length, List<Slot> slots) {
      if (canvas.length == 0) {
        canvas = new Slot[length];
      }
      slots.forEach(slot -> canvas[slot.getPosition()] = slot);
    }

    @Override
    public void onError(Throwable problem) {
      begin();
      text.completeExceptionally(problem);
    }

    @Override
    public void onCompleted() {
      double seconds = (System.nanoTime() - start) / 1e9;
      if (end == null) {
        text.completeExceptionally(new IllegalStateException("a stream without a final event"));
      } else {
        text.complete(new Text(end.getText(), tokens(), end.getUsage(), drafts, seconds));
      }
    }

    private int[] tokens() {
      int length = end.getUsage().getPromptTokens() + end.getUsage().getGeneratedTokens();
      return IntStream.range(0, Math.min(length, canvas.length))
          .filter(p -> canvas[p] != null && !canvas[p].getPiece().isEmpty())
          .map(p -> canvas[p].getToken())
          .toArray();
    }
  }
}
