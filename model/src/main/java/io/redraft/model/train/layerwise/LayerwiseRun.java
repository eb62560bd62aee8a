package io.redraft.model.train.layerwise;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.LayerPiece;
import io.redraft.model.checkpoint.LayerStore;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.noise.CounterHash;
import io.redraft.model.train.LayerFusion;
import io.redraft.model.train.NetworkChoice;
import io.redraft.model.train.Numerics;
import io.redraft.model.train.RunFolder;
import io.redraft.model.train.StepFlops;
import io.redraft.model.train.TrainingData;
import io.redraft.model.train.TrainingDataLoader;
import io.redraft.model.train.TrainingSession;
import io.redraft.model.train.cache.Fingerprint;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.curriculum.StageConfig;
import io.redraft.model.train.curriculum.StagedRun;
import io.redraft.model.train.plan.PlannedDevice;
import io.redraft.model.train.plan.RunPlan;
import io.redraft.model.train.plan.StageEstimate;
import io.redraft.model.train.plan.StageFlops;
import io.redraft.model.train.stage.StageLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A run with a curriculum. Its folder holds, beside what every run has ({@link RunFolder}), the
 * committed {@code layers/}, {@code stages/NAME} with each stage's checkpoints, metrics and report,
 * and {@code cache/} and {@code held-out/} with what the newest stage that had them has read.
 */
public final class LayerwiseRun implements StagedRun {
  private final TrainingConfig settings;
  private final RunFolder folder;
  private final TrainingData data;
  private final NetworkConfig network;
  private final List<Stage> stages;
  private final LayerStore store;

  private LayerwiseRun(
      TrainingConfig settings,
      TrainingData data,
      NetworkConfig network,
      List<Stage> stages,
      LayerStore store) {
    this.settings = settings;
    this.folder = new RunFolder(settings.run().folder());
    this.data = data;
    this.network = network;
    this.stages = stages;
    this.store = store;
  }

  /**
   * Reads the data of a run, finds its network and plans its stages; whether a stage reads a cache
   * is decided for a device of the run's kind at its usual speed.
   *
   * @param resume whether to go on with what is committed and checkpointed
   * @throws InvalidInputException if the settings, the data or the folder do not allow it
   */
  public static LayerwiseRun open(TrainingConfig settings, boolean resume) throws IOException {
    return open(
        settings,
        (network, tokens) ->
            RunPlan.of(settings, network, PlannedDevice.usual(settings), tokens).stages().stream()
                .map(StageEstimate::stage)
                .toList(),
        resume);
  }

  /**
   * The same with stages that somebody else plans.
   *
   * @param planner which stages there are
   * @param resume whether to go on with what is committed and checkpointed
   * @throws InvalidInputException if the settings, the data or the folder do not allow it
   */
  public static LayerwiseRun open(TrainingConfig settings, Planner planner, boolean resume)
      throws IOException {
    refuseBegun(new RunFolder(settings.run().folder()), resume);
    return open(settings, new TrainingDataLoader(settings).load(), planner, resume);
  }

  /**
   * The same for who has read the data already.
   *
   * @param data what a {@link TrainingDataLoader} of these settings has read
   */
  public static LayerwiseRun open(
      TrainingConfig settings, TrainingData data, Planner planner, boolean resume) {
    var folder = new RunFolder(settings.run().folder());
    refuseBegun(folder, resume);
    var network = NetworkChoice.of(settings, data.tokenizer());
    var stages = planner.plan(network, data.training().length());
    var store = LayerStore.open(folder.layers(), network);
    var run = new LayerwiseRun(settings, data, network, stages, store);
    HeldOutStreams.check(run);
    return run;
  }

  /** Plans the stages of a run. */
  @FunctionalInterface
  public interface Planner {
    /** The stages for a network and a training text of so many tokens. */
    List<Stage> plan(NetworkConfig network, long tokens);
  }

  private static void refuseBegun(RunFolder folder, boolean resume) {
    folder.refuseUnless(resume);
    if (!resume && Files.exists(folder.path().resolve("stages"))) {
      throw InvalidInputException.of(
          "run.folder", folder.path(), "a new folder, or --resume: it holds a run with stages");
    }
  }

  @Override
  public Path folder() {
    return folder.path();
  }

  @Override
  public List<Stage> stages() {
    return stages;
  }

  @Override
  public List<Integer> committed() {
    return store.committed();
  }

  @Override
  public TrainingSession open(Stage stage, boolean resume) throws IOException {
    if (store.committed().contains(stage.number())) {
      return new CommittedStage(description(stage), folderOf(stage).path());
    }
    refuseUnbuilt(stage);
    folder.record(settings, data.tokenizerJson());
    return StageTrainer.open(this, stage, resume);
  }

  /** Everything that a stage reads and does not learn has to be committed. */
  private void refuseUnbuilt(Stage stage) {
    List<String> missing = new ArrayList<>();
    for (var name : new StageLayout(stage, network).frozen().keySet()) {
      if (!store.has(name) && !seeded(stage, name)) {
        missing.add(LayerPiece.holding(name));
      }
    }
    for (var block = 0; stage.mechanics().cached() && block < stage.trained().from(); block++) {
      if (!store.has("model.layers." + block + ".input_layernorm.weight")) {
        missing.add(LayerPiece.layer(block));
      }
    }
    if (!missing.isEmpty()) {
      throw InvalidInputException.of(
          "stage %d, %s,".formatted(stage.number(), stage.name()),
          "begun without " + String.join(", ", missing.stream().distinct().toList()),
          "a stage whose frozen blocks are committed; committed stages: " + store.committed());
    }
  }

  /** Up-projections of blocks that learn may stay as the seed drew them. */
  private static boolean seeded(Stage stage, String name) {
    if (!stage.mechanics().frozenUpProjection() || !name.endsWith("mlp.up_proj.weight")) {
      return false;
    }
    var block = Integer.parseInt(name.split("\\.")[2]);
    return stage.trained().contains(block);
  }

  private TrainingSession.Description description(Stage stage) {
    return new TrainingSession.Description(
        "none",
        new StageLayout(stage, network).size(),
        data.training().length(),
        stage.steps(),
        stage.steps(),
        settings.tokensPerStep(),
        settings.training().batch(),
        "none");
  }

  @Override
  public Path complete() throws IOException {
    LayerFusion.replace(folder.path(), folder.model());
    return folder.model();
  }

  /** The run's settings. */
  TrainingConfig settings() {
    return settings;
  }

  /** The run's settings as a stage has them, with a seed of its own for what its steps read. */
  TrainingConfig config(Stage stage) {
    var own = StageConfig.of(settings, stage);
    return own.withRun(own.run().withSeed(seed(stage)));
  }

  /** What is learned from. */
  TrainingData data() {
    return data;
  }

  /** The network that all stages make together. */
  NetworkConfig network() {
    return network;
  }

  /** The run's seed, the same for all stages. */
  long seed() {
    return settings.run().seed();
  }

  /** What a stage of its own derives. */
  long seed(Stage stage) {
    return CounterHash.derive(seed(), stage.name());
  }

  /** Where a stage's checkpoints, metrics and report lie. */
  RunFolder folderOf(Stage stage) {
    return new RunFolder(folder.path().resolve("stages").resolve(stage.name()));
  }

  /** The weights that are there now. */
  CommittedWeights weights() {
    return new CommittedWeights(store, network, CounterHash.derive(seed(), "weights"));
  }

  /** Commits a stage. */
  void commit(Stage stage, long step, Map<String, float[]> tensors) throws IOException {
    store.commit(stage.number(), step, tensors);
  }

  /** Operations of a stage's steps. */
  StepFlops flops(Stage stage) {
    var token = StageFlops.of(stage, network, settings.model().context());
    var each = stage.mechanics().cached() ? token.rest() : token.all();
    return (places, rows) -> each * places;
  }

  /**
   * The mask ratio that the block behind those that a stage trains was trained to read, where the
   * stage has a consistency loss.
   */
  Optional<Double> readBehind(Stage stage) {
    if (stage.mechanics().consistency() == 0) {
      return Optional.empty();
    }
    return stages.stream()
        .filter(other -> other.kind() != Stage.Kind.JOINT)
        .filter(other -> other.trained().contains(stage.trained().to()))
        .findFirst()
        .map(behind -> (behind.lowestRatio() + behind.highestRatio()) / 2);
  }

  /** A checksum of everything that computes the stream behind the first blocks. */
  String fingerprint(int blocks, Numerics numerics) {
    var fingerprint =
        new Fingerprint()
            .text("network", network.toString())
            .text("compute", numerics.bfloat16() ? "bfloat16" : "float32");
    if (store.committed().isEmpty()) {
      fingerprint.text("drawn with", Long.toString(seed())); // a stage that is tried out
    }
    fingerprint.text(LayerPiece.EMBEDDINGS, version(LayerPiece.EMBEDDINGS));
    for (var block = 0; block < blocks; block++) {
      fingerprint.text(LayerPiece.layer(block), version(LayerPiece.layer(block)));
    }
    return fingerprint.hex();
  }

  private String version(String piece) {
    return store.version(piece).orElse("as the seed draws it");
  }

  @Override
  public String toString() {
    return "%s, %d stages".formatted(Choice.key(settings.curriculum().direction()), stages.size());
  }
}
