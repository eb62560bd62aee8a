package io.redraft.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.GenerationGrpc;
import io.redraft.proto.v1.Segment;
import io.redraft.server.TinyModels;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes that train what others start: {@code runs host} and {@code serve}. */
@Timeout(180)
class HostedRunsCommandTest {
  private static final String SETTINGS =
      """
      run: {seed: 3, device: cpu, compute: float32}
      model: {width: 16, layers: 1, heads: 2, feed_forward_width: 32, context: 16}
      tokenizer: {kind: bytes}
      data: {format: synthetic, validation: 0.01}
      training: {steps: 100000000, batch: 4, log_every: 1, evaluate_every: 99999999, checkpoint_every: 99999999}
      """;

  private record Result(int code, String out, String err) {}

  @TempDir Path root;

  private static Result run(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    int code = Main.run(arguments, new PrintWriter(out), new PrintWriter(err));
    return new Result(code, out.toString().strip(), err.toString().strip());
  }

  private Path folder() {
    return root.resolve("tiny");
  }

  private String settings() throws IOException {
    return Files.writeString(root.resolve("run.yaml"), SETTINGS).toString();
  }

  private Result start(String server, String... more) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("runs", "start", settings()));
    arguments.addAll(List.of("--set", "run.folder=" + folder(), "--server", server));
    arguments.addAll(Arrays.asList(more));
    return run(arguments.toArray(String[]::new));
  }

  private static String steeredOn(String line) {
    assertThat(line).startsWith("redraft: runs are steered on 127.0.0.1:");
    return line.substring(line.lastIndexOf(' ') + 1);
  }

  private List<Path> checkpoints() throws IOException {
    try (var checkpoints = Files.list(folder().resolve("checkpoints"))) {
      return checkpoints.toList();
    }
  }

  @Test
  void aHostTrainsWhatItIsAskedForAndEndsWithCheckpoints() throws Exception {
    try (var host = RedraftProcess.start("runs", "host", "--grpc-port", "0")) {
      var server = steeredOn(host.errorLine());
      var taken = run("runs", "host", "--grpc-port", server.substring(server.indexOf(':') + 1));
      assertThat(taken.code()).isEqualTo(2);
      assertThat(taken.err()).matches("redraft runs host: --grpc-port is \\d+; allowed: .*in use");

      var started = start(server);
      assertThat(started.code()).as(started.err()).isZero();
      assertThat(started.out())
          .matches(
              "[0-9a-f]{8}  tiny  running  stage 1 of 1, end-to-end: no checkpoint yet of"
                  + " 100,000,000 steps  "
                  + folder());
      var again = start(server);
      assertThat(again.code()).isEqualTo(2);
      assertThat(again.err())
          .isEqualTo(
              "redraft runs start: run.folder is "
                  + folder()
                  + "; allowed: a folder in which no other run trains just now");
      assertThat(run("runs", "stop", "tiny", "--server", server).code()).isZero();

      var watching =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return start(server, "--resume", "--watch");
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      while (!run("runs", "list", "--server", server).out().contains("  running  ")) {
        assertThat(watching).isNotDone();
      }
      host.terminate();
      assertThat(host.exitCode()).isZero();
      var watched = watching.get();
      assertThat(watched.code()).as(watched.err()).isZero();
      assertThat(watched.out().lines())
          .anySatisfy(line -> assertThat(line).startsWith("training ").contains(", going on from"))
          .last()
          .asString()
          .matches("stopped at step [\\d,]+ with a checkpoint; --resume goes on");
    }
    assertThat(checkpoints()).isNotEmpty();
  }

  @Test
  void aServerWritesTextWhileItTrainsAndEndsBothInOrder() throws Exception {
    Path model = TinyModels.denoiser(root.resolve("model"));
    try (var server =
        RedraftProcess.start(
            "serve", "--model", model.toString(), "--grpc-port", "0", "--training-port", "0")) {
      var training = steeredOn(server.errorLine());
      var ready = server.errorLine();
      assertThat(ready).startsWith("redraft: model is served on port ");
      var port = Integer.parseInt(ready.substring(ready.lastIndexOf(' ') + 1));
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("localhost", port).usePlaintext().build();
      var alone = text(channel);
      assertThat(start(training).code()).isZero();
      assertThat(text(channel)).as("the same beside a run").isEqualTo(alone).isNotEmpty();
      assertThat(run("runs", "list", "--server", training).out()).contains("  tiny  running  ");

      Iterator<GenerateEvent> last = GenerationGrpc.newBlockingStub(channel).generate(request());
      last.next();
      server.terminate();
      GenerateEvent end = null;
      while (last.hasNext()) {
        end = last.next();
      }
      assertThat(end.getFinal().getText()).isEqualTo(alone);
      assertThat(server.exitCode()).isZero();
      assertThat(server.errorLines()).isEmpty();
      channel.shutdownNow();
    }
    assertThat(checkpoints()).singleElement().asString().matches(".*/step-\\d+");
    assertThat(folder().resolve("model").resolve("model.safetensors")).exists();
  }

  private static GenerateRequest request() {
    var request =
        GenerateRequest.newBuilder()
            .addSegments(Segment.newBuilder().setText("Once"))
            .addSegments(Segment.newBuilder().setMask(40))
            .setSeed(3);
    request.getDecodingBuilder().setTemperature(1);
    return request.build();
  }

  private static String text(ManagedChannel channel) {
    var events = GenerationGrpc.newBlockingStub(channel).generate(request());
    GenerateEvent last = null;
    while (events.hasNext()) {
      last = events.next();
    }
    return last.getFinal().getText();
  }

  @Test
  void wrongUsageIsRefusedBeforeAnythingIsStarted() throws IOException {
    assertThat(run("serve", "--training-port", "65536"))
        .isEqualTo(
            new Result(2, "", "redraft serve: --training-port is 65536; allowed: 0 to 65535"));
    assertThat(run("runs", "host", "--grpc-port", "-1"))
        .isEqualTo(new Result(2, "", "redraft runs host: --grpc-port is -1; allowed: 0 to 65535"));
    assertThat(run("runs", "host", "--server", "127.0.0.1:1").err())
        .isEqualTo(
            "redraft runs host: --server is given to a process that is the server; allowed:"
                + " --grpc-port");
    var unknown = run("runs", "start", settings(), "--set", "optimizer.clap=1");
    assertThat(unknown.code()).isEqualTo(2);
    assertThat(unknown.err())
        .startsWith("redraft runs start: unknown key optimizer.clap; allowed: beta1,");
    var file = root.resolve("no.yaml").toString();
    assertThat(run("runs", "start", file).err())
        .isEqualTo("redraft runs start: " + file + " is missing; allowed: a YAML file");
  }
}
