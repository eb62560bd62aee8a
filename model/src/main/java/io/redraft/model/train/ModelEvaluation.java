package io.redraft.model.train;

import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.evaluate.BoundEvaluator;
import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.evaluate.EvaluationText;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.text.Corpus;
import io.redraft.model.text.DocumentFormat;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * The evaluation of a model folder on a file, in float32. Opened with the text encoded; the work is
 * done by {@link #run}, all of it on the calling thread.
 */
public final class ModelEvaluation {
  private static final int BATCH = 32;

  private final ModelFolder model;
  private final EvaluationText text;
  private final int masks;
  private final long seed;

  /** Told how far an evaluation is. */
  @FunctionalInterface
  public interface Progress {
    /** {@code done} of {@code all} sequences are done. */
    void at(long done, long all);
  }

  private ModelEvaluation(ModelFolder model, EvaluationText text, int masks, long seed) {
    this.model = model;
    this.text = text;
    this.masks = masks;
    this.seed = seed;
  }

  /**
   * Opens a model and a text.
   *
   * @param documents how many documents to use, from the first on; 0 for all
   * @param masks masks a chunk
   * @param seed fixes times and masks
   * @throws io.redraft.model.InvalidInputException if one of them cannot be read
   */
  public static ModelEvaluation open(
      Path model, Path data, DocumentFormat format, int documents, int masks, long seed) {
    var folder = ModelFolder.open(model);
    var all = new Corpus(List.of(data), format).documents();
    var used = documents == 0 ? all : all.subList(0, Math.min(documents, all.size()));
    var text = TrainingDataLoader.evaluationText(folder.tokenizer(), used);
    return of(folder, text, masks, seed);
  }

  /** An evaluation of an open model on a text of its tokens. */
  static ModelEvaluation of(ModelFolder model, EvaluationText text, int masks, long seed) {
    return new ModelEvaluation(model, text, masks, seed);
  }

  /** Evaluates on a device. */
  public Evaluation run(Device device, Progress progress) {
    var layout = new ParameterLayout(model.config());
    var weights = weights(model, layout);
    try (var kernels = Kernels.open(device);
        var network =
            new NetworkOnDevice(kernels, layout, Numerics.exact(), OptimizerState.first(weights))) {
      var evaluator =
          new BoundEvaluator(batch -> network.crossEntropy(batch, false), model.config(), BATCH);
      var all = evaluator.sequences(text, masks);
      return evaluator.evaluate(text, masks, seed, done -> progress.at(done, all));
    }
  }

  /** A model's weights as float32 in the order of a layout. */
  static float[] weights(ModelFolder model, ParameterLayout layout) {
    var weights = new float[layout.size()];
    for (var parameter : layout.parameters()) {
      model
          .weights()
          .tensor(parameter.name())
          .readFloat32(0, FloatBuffer.wrap(weights, parameter.offset(), parameter.size()));
    }
    return weights;
  }
}
