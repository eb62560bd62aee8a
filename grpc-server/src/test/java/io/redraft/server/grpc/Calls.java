package io.redraft.server.grpc;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.StatusRuntimeException;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.GenerationGrpc;
import io.redraft.proto.v1.Segment;
import java.util.ArrayList;
import java.util.List;

/** Calls of {@code Generate}, and what comes of them. */
final class Calls {
  private Calls() {}

  static GenerationGrpc.GenerationBlockingStub blocking(Node node) {
    return GenerationGrpc.newBlockingStub(node.channel);
  }

  static GenerateRequest.Builder request(String text, int masks) {
    return GenerateRequest.newBuilder()
        .addSegments(Segment.newBuilder().setText(text))
        .addSegments(Segment.newBuilder().setMask(masks));
  }

  static List<GenerateEvent> collect(Node node, GenerateRequest request) {
    List<GenerateEvent> events = new ArrayList<>();
    blocking(node).generate(request).forEachRemaining(events::add);
    return events;
  }

  static StatusRuntimeException refusal(Node node, GenerateRequest request) {
    return catchThrowableOfType(StatusRuntimeException.class, () -> collect(node, request));
  }

  static GenerateEvent last(List<GenerateEvent> events) {
    return events.get(events.size() - 1);
  }
}
