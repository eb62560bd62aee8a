package io.redraft.server.cli;

import io.redraft.cluster.NodeSettings;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.server.FolderLoader;
import io.redraft.server.ModelNode;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Option;

/** Which model folder a command uses: the one that ships with Redraft unless another is named. */
public final class ModelOption {
  /** Where the launcher says that this checkout lies. */
  private static final String HOME = "redraft.home";

  private static final Path SHIPPED = Path.of("models", "llama-stories");

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "Model folder. Default: the stories model that ships with Redraft.")
  private Path folder;

  /** Filled by the command line. */
  public ModelOption() {}

  /** The folder. */
  public Path folder() {
    return folder != null ? folder : Path.of(System.getProperty(HOME, "")).resolve(SHIPPED);
  }

  /**
   * Serves the model in this process. Its files are read while the actors start and the device
   * loads its kernels, since a start is mostly waiting for these three.
   *
   * @throws io.redraft.model.InvalidInputException where it is no model; names the file and field
   */
  ModelNode serve(Supplier<NodeSettings> reading) throws InterruptedException {
    Path path = folder();
    LoggerFactory.getILoggerFactory(); // before two threads ask at once, which prints a warning
    CompletableFuture.runAsync(Kernels::preload); // a failure of it shows on the device's thread
    CompletableFuture<ModelFolder> opening =
        CompletableFuture.supplyAsync(() -> ModelFolder.open(path));
    NodeSettings settings = reading.get();
    Device device = Device.parse(settings.device().name());
    ComputeType type = ComputeType.of(settings.device().computeType(), device);
    FolderLoader loader = new FolderLoader(opening, device, type);
    return ModelNode.start(settings, loader, () -> opening.join().tokenizer());
  }
}
