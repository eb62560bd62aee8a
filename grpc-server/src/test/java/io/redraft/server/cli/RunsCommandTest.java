package io.redraft.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class RunsCommandTest {
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
    return new Result(code, out.toString(), err.toString().strip());
  }

  private RedraftProcess train() throws IOException {
    var settings = Files.writeString(root.resolve("run.yaml"), SETTINGS).toString();
    var folder = "run.folder=" + root.resolve("tiny");
    return RedraftProcess.start("train", settings, "--set", folder, "--grpc-port", "0");
  }

  @Test
  void aRunOfAnotherProcessIsListedSteeredAndStopped() throws Exception {
    try (var process = train()) {
      var line = process.errorLine();
      assertThat(line).startsWith("redraft: runs are steered on 127.0.0.1:");
      var server = line.substring(line.lastIndexOf(' ') + 1);
      assertThat(process.errorLine()).startsWith("training ");
      assertThat(process.errorLine()).startsWith("step ");
      assertThat(run("runs", "list", "--server", server).out().strip())
          .matches(
              "[0-9a-f]{8}  tiny  running  stage 1 of 1, end-to-end: no checkpoint yet of"
                  + " 100,000,000 steps  "
                  + root.resolve("tiny"));
      var watching =
          CompletableFuture.supplyAsync(
              () -> run("runs", "watch", "tiny", "--json", "--server", server));

      assertThat(run("runs", "pause", "tiny", "--server", server).code()).isZero();
      assertThat(process.errorLine()).matches("paused at step [\\d,]+ with a checkpoint");
      var json = run("runs", "list", "--json", "--server", server).out();
      var told = new ObjectMapper().readTree(json).path("runs").path(0);
      assertThat(told.path("status").asText()).isEqualTo("RUN_STATUS_PAUSED");
      assertThat(told.path("stages").path(0).path("checkpoint").asLong()).isPositive();
      assertThat(run("runs", "resume", "tiny", "--server", server).code()).isZero();
      assertThat(process.errorLine()).isEqualTo("going on");
      var wrong = run("runs", "steps", "tiny", "2", "7", "--server", server);
      assertThat(wrong)
          .isEqualTo(new Result(2, "", "redraft runs steps: stage is 2; allowed: 1 to 1"));
      var unknown = run("runs", "stop", "other", "--server", server);
      assertThat(unknown.code()).isEqualTo(2);
      assertThat(unknown.err()).startsWith("redraft runs stop: run is other; allowed: ");
      assertThat(unknown.err().lines()).hasSize(1);

      assertThat(run("runs", "steps", "tiny", "1", "1", "--server", server).code()).isZero();
      assertThat(process.exitCode()).isZero();
      assertThat(process.outputLines()).containsExactly(root.resolve("tiny/model").toString());
      var watched = watching.get();
      assertThat(watched.code()).as(watched.err()).isZero();
      assertThat(watched.out().lines()).first().asString().contains("\"run\":{\"id\":");
      assertThat(watched.out().lines()).last().asString().contains("\"finished\":{\"step\":");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatAnotherHasStartedInAProcessEndsWithItAndACheckpoint(boolean signal) throws Exception {
    try (var process = train()) {
      var line = process.errorLine();
      var server = line.substring(line.lastIndexOf(' ') + 1);
      assertThat(process.errorLine()).startsWith("training ");
      var settings = root.resolve("run.yaml").toString();
      var folder = "run.folder=" + root.resolve("other");
      var other = run("runs", "start", settings, "--set", folder, "--server", server);
      assertThat(other.code()).as(other.err()).isZero();
      if (signal) {
        process.terminate();
      } else {
        assertThat(run("runs", "steps", "tiny", "1", "1", "--server", server).code()).isZero();
      }
      assertThat(process.exitCode()).isZero();
    }
    for (var run : List.of("tiny", "other")) {
      assertThat(root.resolve(run).resolve("checkpoints")).isNotEmptyDirectory();
    }
  }

  @Test
  void whereNothingListensOneLineSaysSo() throws Exception {
    int free;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    var server = "127.0.0.1:" + free;
    var result = run("runs", "list", "--server", server);
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err().lines())
        .singleElement()
        .asString()
        .startsWith("redraft runs list: failed: nothing listens on " + server + "; a run that");
    assertThat(run("runs", "watch", "x", "--server", server).err()).contains("nothing listens on");
  }

  @Test
  void wrongUsageIsOneLineAndCodeTwo() throws IOException {
    var server = run("runs", "list", "--server", "here");
    assertThat(server)
        .isEqualTo(new Result(2, "", "redraft runs list: --server is here; allowed: HOST:PORT"));
    var steps = run("runs", "steps", "a", "1", "0");
    assertThat(steps)
        .isEqualTo(new Result(2, "", "redraft runs steps: N is 0; allowed: 1 or more"));
    assertThat(run("runs").err())
        .startsWith(
            "redraft runs: no command given; allowed: host, list, pause, resume, start, steps,");
    var settings = Files.writeString(root.resolve("run.yaml"), SETTINGS).toString();
    var folder = "run.folder=" + root.resolve("tiny");
    var port = run("train", settings, "--set", folder, "--grpc-port", "65536");
    assertThat(port)
        .isEqualTo(new Result(2, "", "redraft train: --grpc-port is 65536; allowed: 0 to 65535"));
    assertThat(root.resolve("tiny")).doesNotExist();
  }
}
