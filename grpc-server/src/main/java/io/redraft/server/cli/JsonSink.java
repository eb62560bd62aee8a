package io.redraft.server.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.redraft.proto.v1.GenerateEvent;
import java.io.PrintWriter;

/**
 * Writes one event a line, in the API's own JSON form; every field is there, also where it is zero.
 */
record JsonSink(PrintWriter out) implements EventSink {
  private static final JsonFormat.Printer JSON =
      JsonFormat.printer().omittingInsignificantWhitespace().alwaysPrintFieldsWithNoPresence();

  @Override
  public void accept(GenerateEvent event) {
    try {
      out.println(JSON.print(event));
      out.flush(); // whoever reads the pipe sees a step when it is taken
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("an event of our own has no JSON form", e);
    }
  }
}
