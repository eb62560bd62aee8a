package io.redraft.model.evaluate.suite;

import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.evaluate.BoundMeasures;
import io.redraft.model.evaluate.GenerativePerplexity;
import io.redraft.model.evaluate.Infilling;
import io.redraft.model.evaluate.Metric;
import io.redraft.model.evaluate.WordList;
import io.redraft.model.evaluate.WrittenText;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.text.Corpus;
import io.redraft.model.train.DeviceChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An evaluation of one or more models on one text. Models are measured one after the other, so that
 * only one is on the device; what the judge thinks of their texts comes last.
 */
public final class EvaluationSuite {
  private final SuiteSettings settings;
  private final List<ModelFolder> models;
  private final Optional<ModelFolder> judge;
  private final List<String> documents;
  private final Optional<WordList> dictionary;

  private EvaluationSuite(
      SuiteSettings settings,
      List<ModelFolder> models,
      Optional<ModelFolder> judge,
      List<String> documents,
      Optional<WordList> dictionary) {
    this.settings = settings;
    this.models = models;
    this.judge = judge;
    this.documents = documents;
    this.dictionary = dictionary;
  }

  /**
   * Opens models, judge, dictionary and text.
   *
   * @throws InvalidInputException if one of them cannot be read, or cannot be measured as asked
   */
  public static EvaluationSuite open(SuiteSettings settings) {
    List<ModelFolder> models = settings.models().stream().map(ModelFolder::open).toList();
    Optional<ModelFolder> judge =
        settings.measures(Metric.GENERATIVE_PERPLEXITY)
            ? settings.judge().map(ModelFolder::open)
            : Optional.empty();
    judge.ifPresent(EvaluationSuite::requireCausal);
    if (settings.metrics().equals(Set.of(Metric.CONTROLLABILITY))
        && models.stream().noneMatch(EvaluationSuite::bidirectional)) {
      throw InvalidInputException.of(
          "metrics",
          Metric.CONTROLLABILITY.key() + " of causal models only",
          "another metric, or a bidirectional denoiser: a causal model does not see words that come"
              + " later");
    }
    if (settings.generation().length() > 0) {
      models.forEach(model -> requireLength(model, settings.generation().length()));
    }
    Optional<WordList> dictionary = settings.dictionary().map(WordList::read);
    var all = new Corpus(List.of(settings.data()), settings.format()).documents();
    var used =
        settings.documents() == 0
            ? all
            : all.subList(0, Math.min(settings.documents(), all.size()));
    return new EvaluationSuite(settings, models, judge, used, dictionary);
  }

  private static boolean causal(ModelFolder model) {
    return model.config().attention() == AttentionMode.CAUSAL;
  }

  private static boolean bidirectional(ModelFolder model) {
    return model.config().attention() == AttentionMode.BIDIRECTIONAL;
  }

  private static void requireCausal(ModelFolder judge) {
    if (!causal(judge)) {
      throw InvalidInputException.of(
          "judge", judge.path() + ", which is bidirectional", "a causal model");
    }
  }

  private static void requireLength(ModelFolder model, int length) {
    int most = model.config().contextLength() - (causal(model) ? 1 : 0);
    if (length > most) {
      throw InvalidInputException.of(
          "length", length, "0 (as many as a model holds) to " + most + ", for " + model.path());
    }
  }

  /**
   * Evaluates on a device, all of it on the calling thread.
   *
   * @throws InvalidInputException if the device is not there, or the text is too short for a metric
   */
  public SuiteResult run(Device device, SuiteProgress progress) {
    List<Findings> found = new ArrayList<>();
    List<Findings> baselines = new ArrayList<>();
    try (Kernels kernels = DeviceChoice.open("device", device)) {
      for (ModelFolder model : models) {
        var text =
            new HeldOutText(
                settings.data().toString(),
                documents,
                model.tokenizer(),
                model.config().endToken());
        try (var open = new OpenModel(model, kernels)) {
          var run = new ModelRun(model, open.model(), text, settings, dictionary, progress);
          if (found.isEmpty()) { // refuses a text that is too short before the long work
            baselines.addAll(baselines(run, model, text));
          }
          found.add(run.run());
        }
      }
      if (judge.isPresent()) {
        List<Findings> judged = new ArrayList<>(found);
        judged.addAll(baselines);
        judge(judge.get(), kernels, judged, progress);
      }
    }
    if (!settings.measures(Metric.SAMPLES)) {
      found.forEach(Findings::dropSampleMeasures);
      baselines.forEach(Findings::dropSampleMeasures);
    }
    return new SuiteResult(
        settings, found, baselines.stream().filter(b -> !b.measures().isEmpty()).toList());
  }

  private List<Findings> baselines(ModelRun run, ModelFolder model, HeldOutText text) {
    var uniform = new Findings("uniform");
    var unigram = new Findings("unigram");
    if (settings.measures(Metric.BOUND)) {
      var whole = text.whole();
      int vocabulary = model.config().vocabularySize();
      var guess = BoundMeasures.uniform(whole, vocabulary);
      uniform.put(guess, BoundMeasures.of(guess));
      var frequent = BoundMeasures.unigram(whole, vocabulary, model.tokenizer()::piece);
      unigram.put(frequent, BoundMeasures.of(frequent));
    }
    if (settings.measures(Metric.INFILLING)) {
      unigram.put(Metric.INFILLING, Infilling.unigram(run.gaps(), settings.span()).measures());
    }
    return List.of(uniform, unigram, run.ofTheText());
  }

  private static void judge(
      ModelFolder folder, Kernels kernels, List<Findings> judged, SuiteProgress progress) {
    try (var open = new OpenModel(folder, kernels)) {
      for (int i = 0; i < judged.size(); i++) {
        var texts = judged.get(i).texts(Metric.SAMPLES).stream().map(WrittenText::text).toList();
        if (!texts.isEmpty()) {
          var found = GenerativePerplexity.of(texts, open.model());
          judged.get(i).put(Metric.GENERATIVE_PERPLEXITY, found.measures());
        }
        progress.at("judging", i + 1L, judged.size());
      }
    }
  }
}
