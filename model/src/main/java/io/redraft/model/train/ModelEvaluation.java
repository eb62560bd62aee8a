package io.redraft.model.train;

import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.evaluate.BoundEvaluator;
import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.evaluate.EvaluationText;
import io.redraft.model.evaluate.TokenScorer;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.nio.FloatBuffer;
import java.util.function.UnaryOperator;

/**
 * The bound of a model folder on a text, or a causal model's exact loss, in float32. The work is
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
   * An evaluation of an open model.
   *
   * @param text a text in the model's tokens
   * @param masks masks a chunk
   * @param seed fixes times and masks
   */
  public static ModelEvaluation of(ModelFolder model, EvaluationText text, int masks, long seed) {
    return new ModelEvaluation(model, text, masks, seed);
  }

  /** Evaluates on a device. */
  public Evaluation run(Device device, Progress progress) {
    try (var kernels = Kernels.open(device);
        var scorer = new ModelScorer(model, kernels)) {
      return run(scorer, progress);
    }
  }

  /** Evaluates with a scorer of the model. */
  public Evaluation run(TokenScorer scorer, Progress progress) {
    var evaluator = new BoundEvaluator(scorer, model.config(), BATCH);
    var all = evaluator.sequences(text, masks);
    return evaluator.evaluate(text, masks, seed, done -> progress.at(done, all));
  }

  /** A model's weights as float32 in the order of a layout. */
  static float[] weights(ModelFolder model, ParameterLayout layout) {
    return weights(model, layout, UnaryOperator.identity());
  }

  /**
   * The same.
   *
   * @param names the model's name of each weight of the layout
   */
  static float[] weights(ModelFolder model, ParameterLayout layout, UnaryOperator<String> names) {
    var weights = new float[layout.size()];
    for (var parameter : layout.parameters()) {
      model
          .weights()
          .tensor(names.apply(parameter.name()))
          .readFloat32(0, FloatBuffer.wrap(weights, parameter.offset(), parameter.size()));
    }
    return weights;
  }
}
