package io.redraft.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import io.grpc.StatusRuntimeException;
import io.redraft.actors.serving.BlockRange;
import io.redraft.actors.serving.LoadedModel;
import io.redraft.actors.serving.ModelLoader;
import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.GenerationGrpc;
import io.redraft.proto.v1.Segment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/**
 * What is logged of texts: nothing, whatever happens to a request, with everything logged that
 * {@code --debug} logs, and what the actors could log besides. (gRPC's transport writes the first
 * bytes of every message at DEBUG; nothing of ours switches that on.)
 */
@Timeout(60)
class PrivacyTest {
  private static final String PROMPT = "my heliotrope zeppelin";

  private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  private final Map<Logger, Level> levels =
      Map.of(
          root,
          Level.INFO,
          logger("io.redraft"),
          Level.DEBUG,
          logger("org.apache.pekko"),
          Level.DEBUG);
  private final Map<Logger, Level> before = new HashMap<>();
  private final Queue<String> logged = new ConcurrentLinkedQueue<>();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          var trace = event.getThrowableProxy();
          logged.add(
              event.getFormattedMessage()
                  + (trace == null ? "" : ThrowableProxyUtil.asString(trace)));
        }
      };
  private final java.util.logging.Logger ours = java.util.logging.Logger.getLogger("io.redraft");
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          logged.add(String.valueOf(record.getMessage()));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    appender.setContext(root.getLoggerContext());
    appender.start();
    root.addAppender(appender);
    levels.forEach(
        (logger, level) -> {
          before.put(logger, logger.getLevel());
          logger.setLevel(level);
        });
    ours.addHandler(handler);
  }

  @AfterEach
  void stop() {
    before.forEach(Logger::setLevel);
    root.detachAppender(appender);
    ours.removeHandler(handler);
  }

  private static Logger logger(String name) {
    return (Logger) LoggerFactory.getLogger(name);
  }

  private static GenerateRequest.Builder request(int masks) {
    return GenerateRequest.newBuilder()
        .addSegments(Segment.newBuilder().setText(PROMPT))
        .addSegments(Segment.newBuilder().setMask(masks));
  }

  /** The text, or the status that came instead. */
  private static String outcome(Node node, GenerateRequest.Builder request) {
    var text = new ArrayList<String>();
    try {
      GenerationGrpc.newBlockingStub(node.channel)
          .generate(request.build())
          .forEachRemaining(event -> text.add(event.getFinal().getText()));
      return text.get(text.size() - 1);
    } catch (StatusRuntimeException failed) {
      return failed.getStatus().toString();
    }
  }

  @Test
  void neitherPromptsNorTextsAreLoggedAtDebugLevel() throws Exception {
    var broken = new AtomicBoolean();
    var settings = Map.of("pekko.loglevel", "DEBUG", "pekko.log-dead-letters", "on");
    try (var node = new Node(failingWhen(broken), settings)) {
      String text = outcome(node, request(30));
      assertThat(text).isEqualTo(PROMPT + AlphabetModel.text(22, 52));
      assertThat(outcome(node, request(600))).contains("INVALID_ARGUMENT");
      assertThat(outcome(node, request(4).setModel("gpt"))).contains("NOT_FOUND");
      broken.set(true);
      assertThat(outcome(node, request(4))).contains("INTERNAL");
      // The client is told first, and a node that is closed logs no more.
      await("the failure is logged")
          .until(() -> logged.stream().anyMatch(line -> line.contains("broken")));
    }
    assertThat(logged).noneMatch(line -> line.contains("heliotrope"));
    assertThat(logged).noneMatch(line -> line.contains(AlphabetModel.text(22, 30)));
    assertThat(logged).as("as bytes").noneMatch(line -> line.contains(hex()));
    assertThat(logged).as("as token ids").noneMatch(line -> line.contains(ids()));
  }

  /** The prompt's first tokens, as lists and arrays print them. */
  private static String ids() {
    var ids = new ArrayList<Integer>();
    for (byte b : "heliotrope".getBytes(StandardCharsets.UTF_8)) {
      ids.add((int) b);
    }
    var printed = List.copyOf(ids).toString();
    return printed.substring(1, printed.length() - 1);
  }

  private static String hex() {
    return HexFormat.of().formatHex("heliotrope".getBytes(StandardCharsets.UTF_8));
  }

  private static ModelLoader failingWhen(AtomicBoolean broken) {
    var alphabet = new AlphabetModel();
    return blocks -> {
      var model = (LoadedModel.Diffusion) alphabet.load(BlockRange.WHOLE);
      return new LoadedModel.Diffusion(model.info(), new FailingDenoiser(model.denoiser(), broken));
    };
  }

  /** Fails on purpose. */
  private record FailingDenoiser(Denoiser denoiser, AtomicBoolean broken) implements Denoiser {
    @Override
    public NetworkConfig config() {
      return denoiser.config();
    }

    @Override
    public List<Candidates> denoise(List<DenoiseTask> batch) {
      if (broken.get()) {
        throw new IllegalStateException("broken on purpose");
      }
      return denoiser.denoise(batch);
    }

    @Override
    public void close() {
      denoiser.close();
    }
  }
}
