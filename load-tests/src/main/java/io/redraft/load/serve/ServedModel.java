package io.redraft.load.serve;

import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.tensor.Device;
import io.redraft.model.text.Tokenizer;
import io.redraft.server.FolderLoader;
import io.redraft.server.cli.ModelOption;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of the model that a measurement is about. */
public final class ServedModel {
  @Mixin private ModelOption model;

  @Option(
      names = "--compute",
      paramLabel = "TYPE",
      defaultValue = "auto",
      description = "float32, bfloat16 or auto, the faster of them here. Default: auto.")
  private String compute;

  private ModelFolder folder;

  /** Filled by the command line. */
  public ServedModel() {}

  /** Opens the folder and starts a server with it. */
  public ServerUnderTest start() throws IOException, InterruptedException {
    return start(Map.of());
  }

  /** The same with other settings than the defaults. */
  public ServerUnderTest start(Map<String, ?> settings) throws IOException, InterruptedException {
    ComputeType type = ComputeType.of(compute, Device.CPU);
    folder = ModelFolder.open(model.folder());
    return ServerUnderTest.start(
        new FolderLoader(CompletableFuture.completedFuture(folder), Device.CPU, type),
        folder.tokenizer(),
        settings);
  }

  /** The model's tokenizer, once it is started. */
  public Tokenizer tokenizer() {
    return folder.tokenizer();
  }
}
