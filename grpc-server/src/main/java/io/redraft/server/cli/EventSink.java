package io.redraft.server.cli;

import io.redraft.proto.v1.GenerateEvent;

/** Where the events of one text go on the command line. */
interface EventSink extends AutoCloseable {
  /** Takes the next event; the last one is final. */
  void accept(GenerateEvent event);

  /** Leaves the terminal as it was, also where the text was cut short. */
  @Override
  default void close() {}
}
