package io.redraft.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.GenerationGrpc;
import io.redraft.proto.v1.ListModelsRequest;
import io.redraft.proto.v1.ModelsGrpc;
import io.redraft.proto.v1.Segment;
import io.redraft.server.TinyModels;
import io.redraft.server.watch.Canvas;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real server in a process of its own, on a free port, through generated stubs. */
@Timeout(180)
class ServeCommandTest {
  private static final Pattern READY = Pattern.compile("redraft: (\\S+) is served on port (\\d+)");

  @TempDir Path root;

  @Test
  void servesAModelUntilItIsToldToEndAndFinishesWhatIsInFlight() throws Exception {
    Path model = TinyModels.denoiser(root.resolve("tiny"));
    try (var server =
        RedraftProcess.start("serve", "--model", model.toString(), "--grpc-port", "0")) {
      String firstLine = server.errorLine();
      Matcher ready = READY.matcher(firstLine);
      assertThat(ready.matches()).as(firstLine).isTrue();
      assertThat(ready.group(1)).isEqualTo("tiny");
      String port = ready.group(2);
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("localhost", Integer.parseInt(port))
              .usePlaintext()
              .build();

      var models = ModelsGrpc.newBlockingStub(channel);
      assertThat(models.listModels(ListModelsRequest.getDefaultInstance()).getModelsList())
          .singleElement()
          .satisfies(served -> assertThat(served.getName()).isEqualTo("tiny"));
      assertThat(reflected(channel)).contains("redraft.v1.Generation", "grpc.health.v1.Health");
      assertThat(text(channel)).isEqualTo(commandLine(model));

      portInUse(model, port);

      Iterator<GenerateEvent> stream =
          GenerationGrpc.newBlockingStub(channel).generate(request(40));
      Canvas canvas = new Canvas();
      canvas.apply(stream.next());
      server.terminate();
      List<GenerateEvent> rest = new ArrayList<>();
      stream.forEachRemaining(rest::add);
      rest.forEach(canvas::apply);
      GenerateEvent end = rest.get(rest.size() - 1);
      assertThat(end.getFinal().getUsage().getGeneratedTokens()).isEqualTo(40);
      assertThat(canvas.decided().toStringUtf8()).isEqualTo(end.getFinal().getText());
      channel.shutdownNow();

      assertThat(server.exitCode()).isZero();
      assertThat(server.errorLines()).as("nothing after the ready line").isEmpty();
      assertThat(server.outputLines()).as("results only").isEmpty();
    }
  }

  private static void portInUse(Path model, String port) throws Exception {
    try (var second =
        RedraftProcess.start("serve", "--model", model.toString(), "--grpc-port", port)) {
      assertThat(second.exitCode()).isEqualTo(2);
      assertThat(second.errorLines())
          .singleElement()
          .satisfies(line -> assertThat(line).contains("--grpc-port is " + port, "in use"));
    }
  }

  /** The same text as over the network, from the command that has no server. */
  private static String commandLine(Path model) {
    StringWriter out = new StringWriter();
    int code =
        Main.run(
            new String[] {
              "generate",
              "--model",
              model.toString(),
              "--length",
              "8",
              "--seed",
              "3",
              "--temperature",
              "1",
              "Once"
            },
            new PrintWriter(out),
            new PrintWriter(new StringWriter()));
    assertThat(code).isZero();
    return out.toString().substring(0, out.toString().length() - System.lineSeparator().length());
  }

  private static String text(ManagedChannel channel) {
    GenerateRequest.Builder request = request(8).toBuilder().setSeed(3);
    request.getDecodingBuilder().setTemperature(1);
    GenerateEvent last = null;
    Iterator<GenerateEvent> stream =
        GenerationGrpc.newBlockingStub(channel).generate(request.build());
    while (stream.hasNext()) {
      last = stream.next();
    }
    return last.getFinal().getText();
  }

  private static GenerateRequest request(int masks) {
    return GenerateRequest.newBuilder()
        .addSegments(Segment.newBuilder().setText("Once"))
        .addSegments(Segment.newBuilder().setMask(masks))
        .build();
  }

  private static List<String> reflected(ManagedChannel channel) throws Exception {
    var answer = new CompletableFuture<ServerReflectionResponse>();
    var question =
        ServerReflectionGrpc.newStub(channel)
            .serverReflectionInfo(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ServerReflectionResponse response) {
                    answer.complete(response);
                  }

                  @Override
                  public void onError(Throwable problem) {
                    answer.completeExceptionally(problem);
                  }

                  @Override
                  public void onCompleted() {}
                });
    question.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
    var services = answer.get(30, TimeUnit.SECONDS).getListServicesResponse();
    question.onCompleted();
    return services.getServiceList().stream().map(service -> service.getName()).toList();
  }
}
