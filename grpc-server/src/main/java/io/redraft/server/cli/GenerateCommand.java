package io.redraft.server.cli;

import io.grpc.Context;
import io.redraft.cluster.NodeSettings;
import io.redraft.model.InvalidInputException;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.GenerateRequest;
import io.redraft.proto.v1.GenerationGrpc;
import io.redraft.proto.v1.RefineRequest;
import io.redraft.proto.v1.RefineStart;
import io.redraft.proto.v1.Segment;
import io.redraft.proto.v1.Verification;
import io.redraft.server.ModelNode;
import io.redraft.server.grpc.RequestReader;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code redraft generate}: writes one text. It serves the model within its own process and asks
 * for the text as any client does, so that the command line and the API cannot differ.
 */
@Command(
    name = "generate",
    abbreviateSynopsis = true,
    sortOptions = false,
    description = "Writes text by denoising masks, after a prompt or inside a text.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft generate --watch \"Once upon a time\"",
      "  redraft generate --length 64 --temperature 0.8 --seed 7 \"The little dog\"",
      "  redraft generate --infill 'Lily had a [MASK:6]. She gave it to [MASK:4].'",
      "  redraft generate --threshold 0.9 --block 32 --json \"One day\"",
      "  redraft generate --verify repair --watch \"One day\"",
      "  printf 'wait\\nreplace 0-2 Last night\\ndone\\n' | redraft generate --edit \"One day\""
    })
final class GenerateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "PROMPT",
      description = "Text to go on from, taken literally. Default: none.")
  private String prompt;

  @Option(
      names = "--infill",
      paramLabel = "TEXT",
      description =
          "Text with [MASK:n] where n tokens are to be written, with the space before them;"
              + " \\[MASK is the word itself.")
  private String infill;

  @Option(
      names = "--length",
      paramLabel = "N",
      description = "Tokens to write after the prompt. Default: as many as the model holds.")
  private Integer length;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Equal seeds give equal text. Default: a new one every time.")
  private String seed;

  @Mixin private DecodingOptions decoding;
  @Mixin private ModelOption model;
  @Mixin private VerifierOption verifier;

  @ArgGroup private Output output = new Output();

  /** At most one of them. */
  private static final class Output {
    @Option(
        names = "--watch",
        description =
            "Show the text being refined, in place; plain lines where there is no terminal.")
    private boolean watch;

    @Option(names = "--json", description = "Print the API's events, one a line.")
    private boolean json;

    @Option(
        names = "--edit",
        description =
            "Show the text as --watch does, and read edits from standard input, one a line: "
                + EditLine.ALLOWED
                + ".")
    private boolean edit;
  }

  @Override
  public Integer call() throws Exception {
    GenerateRequest request = request(); // before anything is loaded: wrong usage is told at once
    PrintWriter out = spec.commandLine().getOut();
    if (output.edit) {
      if (decoding.verifies()) {
        throw InvalidInputException.of("verify", decoding.verify, "off with --edit");
      }
      return edited(request, out);
    }
    try (ModelNode node = model.serve(GenerateCommand::settings, verifier(), false);
        EventSink sink = sink(out)) {
      EventStream events = new EventStream();
      Context.CancellableContext call = Context.ROOT.withCancellation();
      try {
        var stub = GenerationGrpc.newStub(node.inProcess());
        call.run(() -> stub.generate(request, events));
        events.drainTo(
            event -> {
              accept(event, sink, out);
              tellVerdict(event.getFinal().getVerification().getVerdict());
            });
      } finally {
        call.cancel(null);
      }
    }
    return 0;
  }

  /** One text is finished sooner than a warm-up. */
  private static NodeSettings settings() {
    return NodeSettings.load(Optional.empty(), Map.of("redraft.serving.warm-up", false));
  }

  /** The causal model, where one is needed; without one the server says what is missing. */
  private Optional<Path> verifier() {
    return decoding.verifies() ? verifier.folder().or(model::shippedVerifier) : Optional.empty();
  }

  /** Standard output has the text only; that it is a mere draft must not go unnoticed. */
  private void tellVerdict(Verification.Verdict verdict) {
    String why =
        switch (verdict) {
          case VERDICT_UNAVAILABLE -> "the verifier was not available";
          case VERDICT_LATE -> "the verifier took too long";
          default -> "";
        };
    if (!why.isEmpty()) {
      spec.commandLine().getErr().println("redraft: " + why + "; this is the draft as it was");
      spec.commandLine().getErr().flush();
    }
  }

  /** The same over a call that takes edits; standard input is read on a thread of its own. */
  private int edited(GenerateRequest request, PrintWriter out) throws Exception {
    try (ModelNode node = model.serve(GenerateCommand::settings, Optional.empty(), false);
        EditView view = Terminals.edit(out, spec.commandLine().getErr())) {
      EventStream events = new EventStream();
      Context.CancellableContext call = Context.ROOT.withCancellation();
      var stub = GenerationGrpc.newStub(node.inProcess());
      var requests = call.call(() -> stub.refine(events));
      EditSession session = new EditSession(view, requests);
      try {
        requests.onNext(
            RefineRequest.newBuilder()
                .setStart(RefineStart.newBuilder().setRequest(request).setKeepOpen(true))
                .build());
        Thread lines = new Thread(session::read, "edits");
        lines.setDaemon(true); // it may wait for a line that never comes
        lines.start();
        events.drainTo(event -> accept(event, session::accept, out));
      } finally {
        session.end();
        call.cancel(null);
      }
    }
    return 0;
  }

  private static void accept(GenerateEvent event, EventSink sink, PrintWriter out) {
    sink.accept(event);
    if (out.checkError()) {
      throw new IllegalStateException("standard output was closed before the text was finished");
    }
  }

  private GenerateRequest request() {
    GenerateRequest.Builder request =
        GenerateRequest.newBuilder()
            .addAllSegments(segments())
            .setDecoding(DecodingMessage.of(decoding))
            .setOmitDrafts(!output.watch && !output.json && !output.edit);
    if (seed != null) {
      request.setSeed(seed());
    }
    GenerateRequest complete = request.build();
    RequestReader.check(complete);
    return complete;
  }

  private List<Segment> segments() {
    if (infill == null) {
      var text = Segment.newBuilder().setText(prompt == null ? "" : prompt).build();
      int masks = length == null ? 0 : DecodingMessage.atLeast("length", length, 1);
      return List.of(text, Segment.newBuilder().setMask(masks).build());
    }
    if (prompt != null) {
      throw new InvalidInputException(
          "infill", "--infill and PROMPT are both given; allowed: one of them");
    }
    if (length != null) {
      throw new InvalidInputException(
          "length", "--length is given with --infill; allowed: the counts of its masks");
    }
    return InfillText.parse(infill);
  }

  private long seed() {
    try {
      return seed.startsWith("-") ? Long.parseLong(seed) : Long.parseUnsignedLong(seed);
    } catch (NumberFormatException e) {
      throw InvalidInputException.of("seed", seed, "a whole number of at most 64 bits");
    }
  }

  private EventSink sink(PrintWriter out) {
    if (output.json) {
      return new JsonSink(out);
    }
    return output.watch ? Terminals.watch(out) : new TextSink(out);
  }
}
