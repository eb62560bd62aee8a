package io.redraft.load.serve;

import io.redraft.actors.serving.ModelInfo;
import io.redraft.load.measure.JsonFile;
import io.redraft.load.measure.Report;
import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.Sampling;
import io.redraft.model.text.Tokenizer;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code redraft bench serve}: what serving costs, gains and keeps to, part by part. */
@Command(
    name = "serve",
    header = "What serving costs, what it gains, and whether texts stay the same.",
    description = {
      "Starts servers and their clients in this process and measures, in turn and repeatedly:",
      "  frontier   speed and quality of ways of decoding, on the same texts;",
      "  causal     1 to 32 streams beside a causal model of the same size with its key/value cache;",
      "  streams    tokens a second of 1 to 16 streams on canvases of several lengths; fails if the text",
      "             of any differs from the one that its seed gives alone;",
      "  overhead   what a denoising step costs beyond the network, of one stream and of 16;",
      "  latency    steps to the first draft, and to a free place after a cancellation;",
      "  equality   whether a request's text in crowds of 2 to 16 is the one that it has alone; exits with 1",
      "             on a difference in float32, or with batch_invariant.",
      "docs/benchmarks.md says what every column means."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft bench serve",
      "  redraft bench serve --parts frontier --texts 48 --ways threshold=0.7/32/dual,factor=1/16/dual",
      "  redraft bench serve --parts equality --texts 1000",
      "  redraft bench serve --parts overhead,streams --canvases 256 --streams 1,16",
      "  redraft bench serve --canvases 256 --streams 1 --block 4,32 --cache none,dual --threshold 0.9",
      "  redraft bench serve --model models/mine --compute float32 --seconds 300 --json serve.json"
    })
public final class ServeCommand implements Callable<Integer> {
  private static final List<Integer> USUAL_STREAMS = List.of(1, 2, 4, 8, 16);
  private static final int LATENCY_CANVAS = 64; // 16 of them are one pass

  @Spec private CommandSpec spec;
  @Mixin private ServedModel model;
  @Mixin private WritingOptions writings;
  @Mixin private FrontierOptions frontiers;
  @Mixin private CausalOptions causals;

  @Option(
      names = "--parts",
      paramLabel = "PART,PART…",
      split = ",",
      description = "What to measure. Default: everything; only streams where --block is given.")
  private List<String> parts = List.of();

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "120",
      description = {
        "streams and overhead: goes on in whole rounds, at least --rounds of each kind, until these seconds",
        "are over; a quarter of them is for the overhead of a step. Default: ${DEFAULT-VALUE}."
      })
  private int seconds;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = {
        "Rounds of streams, overhead and causal; latency takes four times as many tries. Default:",
        "${DEFAULT-VALUE}."
      })
  private int rounds;

  @Mixin private JsonFile json;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "32",
      description = {
        "streams and overhead: denoising steps a text. Whatever their number, the first reads every token's",
        "logits and the last few; so it hardly changes the time of a step. Default: ${DEFAULT-VALUE}."
      })
  private int steps;

  @Option(
      names = "--canvases",
      paramLabel = "N,N…",
      split = ",",
      description = {
        "streams: tokens of the canvases; the last is that of overhead. Default: 32, 64, 128 and the model's",
        "context."
      })
  private List<Integer> lengths = List.of();

  @Option(
      names = "--streams",
      paramLabel = "N,N…",
      split = ",",
      description =
          "Texts at the same time, 1 the first. Default: 1,2,4,8,16 for streams, and 32 too for causal.")
  private List<Integer> streams = List.of();

  @Option(
      names = "--crowds",
      paramLabel = "N,N…",
      split = ",",
      description = "equality: requests at the same time, 2 or more. Default: 2 to 16.")
  private List<Integer> crowds = IntStream.rangeClosed(2, 16).boxed().toList();

  /** Made by the command line. */
  public ServeCommand() {}

  @Override
  public Integer call() throws Exception {
    var wanted = checkOptions();
    var measured = parts(wanted);
    boolean good = true;
    try (var server = model.start()) {
      var report = new Report("serve", spec.commandLine().getOut());
      report.put("model", described(server.model()));
      report.line(
          "model: %s, %d parameters, context %d, %s"
              .formatted(
                  server.model().name(),
                  server.model().network().parameters(),
                  server.model().network().contextLength(),
                  server.model().computeType()));
      for (var part : measured.values()) {
        good &= part.measure(server, report);
      }
      report.write(json.file());
    }
    return good ? 0 : 1;
  }

  /** The wanted parts in the order in which they are measured. */
  private Map<Part.Name, Part> parts(Set<Part.Name> wanted) {
    var canvases = canvases(model.folder().config().contextLength(), model.tokenizer());
    boolean both = wanted.contains(Part.Name.OVERHEAD) && wanted.contains(Part.Name.STREAMS);
    int ofStep = both ? seconds / 4 : seconds;
    int ofStreams = both ? seconds - ofStep : seconds;
    Map<Part.Name, Part> parts = new LinkedHashMap<>();
    Supplier<Optional<Way>> fastest = Optional::empty;
    if (wanted.contains(Part.Name.FRONTIER)) {
      var frontier = new FrontierPart(frontiers, model, stories(), this::say);
      parts.put(Part.Name.FRONTIER, frontier);
      fastest = frontier::fastest;
    }
    Supplier<Optional<Way>> found = fastest;
    Supplier<Way> way = () -> causals.against(found.get(), model.folder().config());
    Map<Part.Name, Supplier<Part>> others = new EnumMap<>(Part.Name.class);
    others.put(
        Part.Name.CAUSAL,
        () -> {
          var some = streams.isEmpty() ? CausalPart.USUAL_STREAMS : streams;
          return new CausalPart(causals, model, stories(), way, some, rounds, this::say);
        });
    others.put(
        Part.Name.STREAMS,
        () -> {
          var some = streams.isEmpty() ? USUAL_STREAMS : streams;
          var time = Duration.ofSeconds(ofStreams);
          return new StreamsPart(written(canvases), some, rounds, time, this::say);
        });
    others.put(
        Part.Name.OVERHEAD,
        () ->
            new OverheadPart(
                model,
                canvases.get(canvases.size() - 1),
                stories(),
                way,
                rounds,
                Duration.ofSeconds(ofStep),
                this::say));
    others.put(Part.Name.LATENCY, this::latency);
    others.put(
        Part.Name.EQUALITY, () -> new EqualityPart(model, frontiers.requests(), crowds, this::say));
    others.forEach(
        (name, part) -> {
          if (wanted.contains(name)) {
            parts.put(name, part.get());
          }
        });
    return parts;
  }

  private Part latency() {
    var whole = stories();
    var brief =
        new Stories(
            whole.openings(),
            Math.min(LATENCY_CANVAS, whole.length()),
            whole.tokenizer(),
            whole.sampling());
    int own = model.folder().decoding().block();
    var cached = causals.against(Optional.empty(), model.folder().config());
    var ways =
        List.of(
            Way.oneByOne(own),
            new Way(
                Way.Policy.CONFIDENCE,
                1,
                cached.block(),
                cached.cache(),
                cached.attention(),
                cached.window()));
    return new LatencyPart(model, brief, ways, 4 * rounds, this::say);
  }

  private Stories stories() {
    return frontiers.stories(model, writings);
  }

  /** What it is; how it would be decoded by default has no say here. */
  private static Map<String, Object> described(ModelInfo model) {
    Map<String, Object> described = new LinkedHashMap<>();
    described.put("name", model.name());
    described.put("network", model.network());
    described.put("computeType", model.computeType());
    return described;
  }

  private List<FullCanvas> canvases(int context, Tokenizer tokenizer) {
    var wanted =
        lengths.isEmpty()
            ? Stream.of(32, 64, 128, context)
                .filter(length -> length <= context)
                .distinct()
                .toList()
            : lengths;
    for (int length : wanted) {
      if (length < 2 || length > context) {
        throw InvalidInputException.of("canvases", length, "2 to the context, " + context);
      }
    }
    return wanted.stream().map(length -> FullCanvas.of(length, steps, tokenizer)).toList();
  }

  private List<FullCanvas> written(List<FullCanvas> canvases) {
    return canvases.stream()
        .flatMap(canvas -> writings.all().stream().map(canvas::written))
        .toList();
  }

  private Set<Part.Name> checkOptions() {
    Set<Part.Name> wanted = EnumSet.noneOf(Part.Name.class);
    parts.forEach(part -> wanted.add(Choice.of("parts", part, Part.Name.values())));
    if (wanted.isEmpty()) {
      wanted.addAll(
          writings.inBlocks() ? Set.of(Part.Name.STREAMS) : EnumSet.allOf(Part.Name.class));
    }
    least("seconds", seconds, 0);
    least("steps", steps, 1);
    least("rounds", rounds, 1);
    model.type();
    writings.samplingOr(Sampling.GREEDY);
    writings.all(); // these say what is wrong with them
    frontiers.check();
    causals.check();
    for (int i = 0; i < streams.size(); i++) {
      if (i == 0 ? streams.get(0) != 1 : streams.get(i) <= streams.get(i - 1)) {
        throw InvalidInputException.of("streams", streams, "1 first, then more and more");
      }
    }
    crowds.forEach(size -> least("crowds", size, 2));
    return wanted;
  }

  private static void least(String option, int value, int least) {
    if (value < least) {
      throw InvalidInputException.of(option, value, least + " or more");
    }
  }

  private void say(String what) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(what);
    err.flush();
  }
}
