package io.redraft.server.cli;

import io.redraft.proto.v1.GenerateEvent;
import java.io.PrintWriter;

/** Writes the finished text, and nothing else. */
record TextSink(PrintWriter out) implements EventSink {
  @Override
  public void accept(GenerateEvent event) {
    if (event.hasFinal()) {
      out.println(event.getFinal().getText());
    }
  }
}
