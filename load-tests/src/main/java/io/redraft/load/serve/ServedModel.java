package io.redraft.load.serve;

import io.redraft.actors.serving.ModelLoader;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.tensor.Device;
import io.redraft.model.text.Tokenizer;
import io.redraft.server.FolderLoader;
import io.redraft.server.cli.ModelOption;
import java.io.IOException;
import java.nio.file.Path;
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

  /** The same with other settings than those that Redraft ships with. */
  public ServerUnderTest start(Map<String, ?> overrides) throws IOException, InterruptedException {
    return start(type(), overrides);
  }

  /** The same with other numbers or settings than asked for. */
  ServerUnderTest start(ComputeType type, Map<String, ?> overrides)
      throws IOException, InterruptedException {
    return ServerUnderTest.start(loader(folder(), type), folder().tokenizer(), overrides);
  }

  /** Starts a server with a causal model from another folder, with the same type of numbers. */
  ServerUnderTest startCausal(Path other) throws IOException, InterruptedException {
    var opened = ModelFolder.open(other);
    return ServerUnderTest.startCausal(loader(opened, type()), opened.tokenizer());
  }

  private static ModelLoader loader(ModelFolder folder, ComputeType type) {
    return new FolderLoader(CompletableFuture.completedFuture(folder), Device.CPU, type);
  }

  /** The model's folder, opened when it is first asked for. */
  ModelFolder folder() {
    if (folder == null) {
      folder = ModelFolder.open(model.folder());
    }
    return folder;
  }

  /** The numbers that it computes in. */
  ComputeType type() {
    return ComputeType.of(compute, Device.CPU);
  }

  /** Whether the type of numbers was named. */
  boolean typeGiven() {
    return !compute.equals("auto");
  }

  /** The model's tokenizer. */
  public Tokenizer tokenizer() {
    return folder().tokenizer();
  }
}
