package io.redraft.model.evaluate.suite;

import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.evaluate.BoundMeasures;
import io.redraft.model.evaluate.Controllability;
import io.redraft.model.evaluate.HeldOutPiece;
import io.redraft.model.evaluate.Infilling;
import io.redraft.model.evaluate.Measure;
import io.redraft.model.evaluate.Metric;
import io.redraft.model.evaluate.ModelUnderTest;
import io.redraft.model.evaluate.SampleMeasures;
import io.redraft.model.evaluate.ScriptErrors;
import io.redraft.model.evaluate.TextWriter;
import io.redraft.model.evaluate.WordList;
import io.redraft.model.evaluate.WrittenText;
import io.redraft.model.train.ModelEvaluation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/** All metrics of one open model but the one that needs a judge. */
final class ModelRun {
  /** Of a piece of text, the share that is the prompt where the model goes on from one. */
  private static final int PROMPT_PARTS = 4;

  private final ModelFolder folder;
  private final ModelUnderTest model;
  private final HeldOutText text;
  private final SuiteSettings settings;
  private final Optional<WordList> dictionary;
  private final SuiteProgress progress;
  private final Findings findings;

  ModelRun(
      ModelFolder folder,
      ModelUnderTest model,
      HeldOutText text,
      SuiteSettings settings,
      Optional<WordList> dictionary,
      SuiteProgress progress) {
    this.folder = folder;
    this.model = model;
    this.text = text;
    this.settings = settings;
    this.dictionary = dictionary;
    this.progress = progress;
    this.findings = new Findings(folder.path().toString());
  }

  Findings run() {
    if (settings.measures(Metric.BOUND)) {
      bound();
    }
    if (settings.measures(Metric.SAMPLES) || settings.measures(Metric.GENERATIVE_PERPLEXITY)) {
      samples();
    }
    if (settings.measures(Metric.INFILLING)) {
      var found = Infilling.of(model, gaps(), settings.span(), of("infilling", gaps().size()));
      findings.put(Metric.INFILLING, found.measures(), found.texts());
    }
    if (settings.measures(Metric.CONTROLLABILITY) && model.seesWhatComesLater()) {
      controllability();
    }
    if (settings.measures(Metric.SCRIPTS)) {
      scripts();
    }
    return findings;
  }

  private LongConsumer of(String work, long all) {
    return progress.of(work, all);
  }

  private void bound() {
    var found =
        ModelEvaluation.of(folder, text.whole(), settings.masks(), settings.generation().seed())
            .run(model.scorer(), (done, all) -> progress.at("bound", done, all));
    findings.put(found, BoundMeasures.of(found));
  }

  private void samples() {
    List<WrittenText> texts =
        new TextWriter(model, settings.generation())
            .samples(of("samples", settings.generation().samples()));
    findings.put(Metric.SAMPLES, SampleMeasures.of(texts, dictionary), texts);
  }

  private void controllability() {
    var pieces = text.pieces(length(), 2, settings.pieces(), "controllability");
    int texts = Math.min(pieces.size(), settings.generation().samples());
    var found =
        Controllability.of(
            model,
            pieces,
            new Controllability.Settings(
                settings.keywords(), settings.masks(), settings.generation()),
            of("controllability", 2L * pieces.size() + texts));
    findings.put(Metric.CONTROLLABILITY, found.measures(), found.texts());
  }

  private void scripts() {
    var pieces = continued();
    var texts =
        new TextWriter(model, settings.generation())
            .continuations(pieces, ModelRun::prompt, of("scripts", pieces.size()));
    findings.put(Metric.SCRIPTS, scriptMeasures(texts), texts);
  }

  /** How the evaluated text itself would have been judged, in this model's tokens. */
  Findings ofTheText() {
    var found = new Findings("text");
    if (settings.measures(Metric.SAMPLES) || settings.measures(Metric.GENERATIVE_PERPLEXITY)) {
      var pieces = text.longPieces(length(), settings.generation().samples());
      var texts = pieces.stream().map(piece -> written(piece, 0)).toList();
      found.put(Metric.SAMPLES, SampleMeasures.of(texts, dictionary), texts);
    }
    if (settings.measures(Metric.SCRIPTS)) {
      var texts = continued().stream().map(p -> written(p, prompt(p.length()))).toList();
      found.put(Metric.SCRIPTS, scriptMeasures(texts));
    }
    return found;
  }

  private WrittenText written(HeldOutPiece piece, int prompt) {
    List<WrittenText.Part> parts = new ArrayList<>();
    int[] tokens = piece.tokens();
    if (prompt > 0) {
      parts.add(part(Arrays.copyOf(tokens, prompt), false));
    }
    parts.add(part(Arrays.copyOfRange(tokens, prompt, tokens.length), true));
    return new WrittenText(0, parts, "", tokens);
  }

  private WrittenText.Part part(int[] tokens, boolean written) {
    return new WrittenText.Part(model.tokenizer().decode(tokens), written);
  }

  private static List<Measure> scriptMeasures(List<WrittenText> texts) {
    return ScriptErrors.of(
            texts.stream().map(t -> new ScriptErrors.Case(t.given(), t.written())).toList())
        .measures();
  }

  /** Pieces with a gap. */
  List<HeldOutPiece> gaps() {
    return text.pieces(length(), settings.span() + 2, settings.pieces(), "infilling");
  }

  private List<HeldOutPiece> continued() {
    return text.pieces(length(), 2, settings.generation().samples(), "scripts");
  }

  private static int prompt(int length) {
    return Math.max(1, length / PROMPT_PARTS);
  }

  /** Tokens of a piece of text: what the model can read, a begin token before it. */
  private int length() {
    int context = model.network().contextLength() - (model.network().beginToken() >= 0 ? 1 : 0);
    int wanted = settings.generation().length();
    return wanted == 0 ? context : Math.min(wanted, context);
  }
}
