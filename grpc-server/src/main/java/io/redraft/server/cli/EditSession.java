package io.redraft.server.cli;

import io.grpc.stub.StreamObserver;
import io.redraft.model.InvalidInputException;
import io.redraft.proto.v1.ClientEdit;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.RefineRequest;
import io.redraft.server.watch.Canvas;
import io.redraft.server.watch.Cell;
import java.io.IOException;
import java.util.List;

/**
 * One text that is edited from the command line. Events come on the command's thread; lines are
 * read on another, one at a time: an edit is answered before the next line is read, so each line
 * means the canvas that the one before it left.
 */
final class EditSession {
  private final EditView view;
  private final StreamObserver<RefineRequest> call;
  private final Canvas canvas = new Canvas();
  private long seen;
  private long answered;
  private long sent;
  private boolean settled;
  private boolean ended;

  EditSession(EditView view, StreamObserver<RefineRequest> call) {
    this.view = view;
    this.call = call;
  }

  /** Takes the next event. */
  void accept(GenerateEvent event) {
    view.accept(event);
    synchronized (this) {
      canvas.apply(event);
      seen = event.getNumber();
      switch (event.getEventCase()) {
        case EDIT_ACCEPTED -> {
          answered = event.getEditAccepted().getId();
          settled = false;
        }
        case EDIT_REFUSED -> {
          answered = event.getEditRefused().getId();
          view.complain(event.getEditRefused().getMessage());
        }
        case SETTLED -> settled = true;
        default -> {}
      }
      notifyAll();
    }
  }

  /** Nothing more will come: who waits for it, waits no longer. */
  synchronized void end() {
    ended = true;
    notifyAll();
  }

  /** Reads lines until there are no more, or the text has ended. */
  void read() {
    try {
      boolean open = true;
      while (open && !hasEnded()) {
        String line = view.readLine();
        open = line != null && carryOut(line);
      }
      if (!hasEnded()) {
        call.onCompleted();
      }
    } catch (IOException | IllegalStateException broken) {
      if (!hasEnded()) {
        view.complain("no more edits can be read: " + broken.getMessage());
        call.onCompleted();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether another line is to be read. */
  private boolean carryOut(String line) throws InterruptedException {
    if (line.isBlank()) {
      return true;
    }
    EditLine wanted;
    try {
      wanted = EditLine.parse(line);
    } catch (InvalidInputException wrong) {
      view.complain(wrong.getMessage());
      return true;
    }
    switch (wanted.kind()) {
      case CHANGE -> change(wanted.edit());
      case SHOW -> view.show(cells());
      case WAIT -> awaitSettled();
      case DONE -> {
        return false;
      }
    }
    return true;
  }

  private void change(ClientEdit edit) throws InterruptedException {
    long id;
    ClientEdit complete;
    synchronized (this) {
      id = ++sent;
      complete = edit.toBuilder().setId(id).setBase(seen).build();
    }
    call.onNext(RefineRequest.newBuilder().setEdit(complete).build());
    synchronized (this) {
      while (answered < id && !ended) {
        wait();
      }
    }
  }

  private synchronized void awaitSettled() throws InterruptedException {
    while (!settled && !ended) {
      wait();
    }
  }

  private synchronized List<Cell> cells() {
    return List.copyOf(canvas.cells());
  }

  private synchronized boolean hasEnded() {
    return ended;
  }
}
