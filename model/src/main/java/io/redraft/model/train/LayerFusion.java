package io.redraft.model.train;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.CommittedPiece;
import io.redraft.model.checkpoint.LayerStore;
import io.redraft.model.checkpoint.ModelContent;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.checkpoint.WeightLayout;
import io.redraft.model.nn.DepthTime;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.safetensors.TensorOutput;
import io.redraft.model.text.Tokenizers;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.config.TrainingConfigFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Merges the committed layers of a run into one model folder. Weights go from file to file, one
 * tensor at a time, so that a model larger than memory can be merged; rows of the vocabulary beyond
 * the tokenizer's are left out, as in any export. A run whose joint phase over all blocks is still
 * to come gives the model of before: one whose depth is time, where its curriculum makes such a
 * model and no joint phase has trained some of its blocks together.
 */
public final class LayerFusion {
  private final TrainingConfig config;
  private final LayerStore store;
  private final String tokenizerJson;
  private final NetworkConfig network;

  private LayerFusion(Path run) throws IOException {
    var folder = new RunFolder(run);
    if (!Files.isDirectory(run)) {
      throw InvalidInputException.of(run.toString(), "no folder", "the folder of a run");
    }
    this.config = TrainingConfig.load(folder.config(), List.of());
    if (!Files.exists(folder.layers().resolve(LayerStore.MANIFEST))) {
      throw InvalidInputException.of(
          run.toString(), "a run without layers", "a run with a curriculum that committed all");
    }
    this.store = LayerStore.open(folder.layers());
    if (!store.missing().isEmpty()) {
      throw InvalidInputException.of(
          run.toString(),
          "a run without " + String.join(", ", store.missing()),
          "a run that committed all blocks; committed stages: " + store.committed());
    }
    var tokens = Tokenizers.open(folder.tokenizer()).vocabularySize();
    this.tokenizerJson = Files.readString(folder.tokenizer());
    var curriculum = config.curriculum();
    // Before the last joint phase is committed, the model is what the stages have made of it.
    var last = store.committed().contains(curriculum.phases());
    var depth =
        (last ? curriculum : curriculum.withoutFinalPhase()).depth(config.objective().levels());
    this.network = store.network().withVocabulary(tokens).withDepth(depth(depth, store.network()));
    if (!last && !network.depth().none()) {
      refuseLearnedTogether(run);
    }
  }

  private void refuseLearnedTogether(Path run) {
    var curriculum = config.curriculum();
    if (curriculum.joint().between(curriculum.stages()) > 0) {
      throw InvalidInputException.of(
          run.toString(),
          "a run of which some blocks have learned together and others have mask ratios of their"
              + " own",
          "one that committed stage %d, in which all learn together; committed stages: %s"
              .formatted(curriculum.phases(), store.committed()));
    }
  }

  /** Only a network that is told its mask ratio has use for what its steps were told. */
  private static DepthTime depth(DepthTime depth, NetworkConfig network) {
    if (network.time().none()) {
      return depth.untold();
    }
    return depth.bands().isEmpty() ? DepthTime.NONE : depth;
  }

  /**
   * Writes a new model.
   *
   * @param run folder of the run
   * @param to where the model goes; there must be nothing
   * @throws InvalidInputException if the run has no layers or lacks some, which are named
   */
  public static void write(Path run, Path to) throws IOException {
    ModelFolder.write(to, new LayerFusion(run).content());
  }

  /** Writes a model in the place of the one that is there, if there is one. */
  public static void replace(Path run, Path to) throws IOException {
    ModelFolder.replace(to, new LayerFusion(run).content());
  }

  private ModelContent content() {
    List<TensorOutput> weights = new ArrayList<>();
    WeightLayout.of(network)
        .forEach(
            (name, shape) -> {
              var tensor = store.view(name);
              if (config.export() == WeightLayout.Storage.INT8 && shape.length > 1) {
                weights.addAll(TensorOutput.quantized(tensor, shape));
              } else {
                weights.add(TensorOutput.float32(tensor, shape));
              }
            });
    var stages = store.committed();
    return new ModelContent(
        network, tokenizerJson, weights, Map.of("stages", Integer.toString(stages.size())), card());
  }

  private String card() {
    var rows = new StringBuilder();
    for (CommittedPiece piece : store.pieces()) {
      rows.append(
          String.format(
              Locale.ROOT, "| %s | %d | %,d |\n", piece.name(), piece.stage(), piece.step()));
    }
    return """
        # %s

        A language model of %,d parameters, merged by Redraft from layers that were trained %s.

        | part | committed by stage | after steps |
        | --- | --- | --- |
        %s
        ## Licence and limits

        State here the licence of the data and of this model, and what the model should not be used
        for.

        ## Settings of the run

        ```yaml
        %s```
        """
        .formatted(
            config.run().name(),
            network.parameters(),
            Choice.key(config.curriculum().direction()),
            rows,
            TrainingConfigFile.dump(config));
  }
}
