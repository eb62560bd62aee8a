package io.redraft.server.cli;

import io.redraft.actors.serving.ServedModels;
import io.redraft.cluster.DeviceSettings;
import io.redraft.cluster.NodeSettings;
import io.redraft.cluster.RedraftNode;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.checkpoint.VerifierCheck;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.server.FolderLoader;
import io.redraft.server.ModelNode;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Option;

/** Which model folder a command uses: the one that ships with Redraft unless another is named. */
public final class ModelOption {
  /** Where the launcher says that this checkout lies. */
  private static final String HOME = "redraft.home";

  private static final Path SHIPPED = Path.of("models", "llama-stories");
  private static final Path SHIPPED_CAUSAL = Path.of("models", "llama-stories-causal");

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "Model folder. Default: the stories model that ships with Redraft.")
  private Path folder;

  /** Filled by the command line. */
  public ModelOption() {}

  /** The folder. */
  public Path folder() {
    return folder != null ? folder : shipped(SHIPPED);
  }

  /** The causal model that ships beside the model, where that is the shipped one. */
  public Optional<Path> shippedVerifier() {
    return folder != null ? Optional.empty() : Optional.of(shippedCausal());
  }

  /** The causal model that ships with Redraft. */
  public static Path shippedCausal() {
    return shipped(SHIPPED_CAUSAL);
  }

  private static Path shipped(Path model) {
    return Path.of(System.getProperty(HOME, "")).resolve(model);
  }

  /**
   * Serves the model in this process. Its files are read while the actors start and the device
   * loads its kernels, since a start is mostly waiting for these three.
   *
   * @param verifier folder of the causal model beside it, if there is one
   * @param trains whether the node can train, too, which takes longer to start
   * @throws io.redraft.model.InvalidInputException where it is no model; names the file and field
   */
  ModelNode serve(Supplier<NodeSettings> reading, Optional<Path> verifier, boolean trains)
      throws InterruptedException {
    Path path = folder();
    LoggerFactory.getILoggerFactory(); // before two threads ask at once, which prints a warning
    CompletableFuture.runAsync(Kernels::preload); // a failure of it shows on the device's thread
    CompletableFuture<ModelFolder> opening =
        CompletableFuture.supplyAsync(() -> ModelFolder.open(path));
    var verifying =
        verifier.map(second -> CompletableFuture.supplyAsync(() -> ModelFolder.open(second)));
    NodeSettings settings = reading.get();
    var models =
        new ServedModels(
            loader(opening, settings.device()),
            verifying.map(second -> loader(second, settings.verifierDevice())));
    return ModelNode.start(
        trains ? RedraftNode.startForTraining(settings) : RedraftNode.start(settings),
        settings.serving().streams(),
        models,
        verifier.map(FolderLoader::name),
        () -> {
          verifying.ifPresent(second -> VerifierCheck.check(opening.join(), second.join()));
          return opening.join().tokenizer();
        });
  }

  private static FolderLoader loader(
      CompletableFuture<ModelFolder> opening, DeviceSettings settings) {
    Device device = Device.parse(settings.name());
    return new FolderLoader(opening, device, ComputeType.of(settings.computeType(), device));
  }
}
