package io.redraft.model.train;

import io.redraft.model.checkpoint.ModelContent;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.checkpoint.WeightLayout;
import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.safetensors.TensorView;
import io.redraft.model.train.config.TrainingConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Writes a trained network as a model folder: averaged weights, settings, tokenizer and card. */
public final class ModelExport {
  private ModelExport() {}

  /**
   * Writes a model, in the place of an earlier export of the same run.
   *
   * @param evaluation the last evaluation, or null where there was none
   */
  public static void write(
      Path folder, TrainingConfig config, FinishedNetwork network, Evaluation evaluation)
      throws IOException {
    Map<String, ParameterLayout.Parameter> places = new HashMap<>();
    network.layout().parameters().forEach(p -> places.put(p.name(), p));
    var shape = network.network();
    var shapes = WeightLayout.of(shape);
    var weights =
        WeightLayout.outputs(
            shape,
            config.export(),
            name -> {
              // Rows beyond the tokenizer's are the last of their matrix.
              var from = places.get(name).offset();
              var size = Math.toIntExact(TensorView.elementsOf(shapes.get(name)));
              return Arrays.copyOfRange(network.weights(), from, from + size);
            });
    ModelFolder.replace(
        folder,
        new ModelContent(
            shape,
            network.tokenizerJson(),
            weights,
            Map.of("steps", Long.toString(network.steps())),
            ModelCard.of(config, network, evaluation)));
  }
}
