package io.redraft.server;

import io.redraft.actors.serving.BlockRange;
import io.redraft.actors.serving.LoadedModel;
import io.redraft.actors.serving.ModelInfo;
import io.redraft.actors.serving.ModelLoader;
import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.CausalModel;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.transformer.Networks;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Loads a model folder onto a device: kernels first, then the weights. What it returns owns both.
 */
public final class FolderLoader implements ModelLoader {
  private final Future<ModelFolder> folder;
  private final Device device;
  private final ComputeType type;

  /**
   * A loader.
   *
   * @param folder waited for when the device is ready; it may still be opening until then
   */
  public FolderLoader(Future<ModelFolder> folder, Device device, ComputeType type) {
    this.folder = folder;
    this.device = device;
    this.type = type;
  }

  @Override
  public LoadedModel load(BlockRange blocks) {
    Kernels kernels = Kernels.open(device);
    try {
      return load(opened(), kernels);
    } catch (RuntimeException | Error failed) {
      kernels.close();
      throw failed;
    }
  }

  private ModelFolder opened() {
    try {
      return folder.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof InvalidInputException wrong
          ? wrong
          : new IllegalStateException("the model folder could not be opened", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the model folder was opened", e);
    }
  }

  private LoadedModel load(ModelFolder model, Kernels kernels) {
    NetworkConfig network = model.config();
    ModelInfo info =
        new ModelInfo(
            name(model.path()), network, type.name().toLowerCase(Locale.ROOT), model.decoding());
    return network.attention() == AttentionMode.CAUSAL
        ? new LoadedModel.Causal(
            info,
            new OwnedCausal(Networks.causal(network, model.weights(), kernels, type), kernels))
        : new LoadedModel.Diffusion(
            info,
            new OwnedDenoiser(Networks.denoiser(network, model.weights(), kernels, type), kernels));
  }

  /** The name that clients know a folder's model by. */
  public static String name(Path folder) {
    return folder.toAbsolutePath().normalize().getFileName().toString();
  }

  /** A denoiser that closes its kernels with itself. */
  private record OwnedDenoiser(Denoiser denoiser, Kernels kernels) implements Denoiser {
    @Override
    public NetworkConfig config() {
      return denoiser.config();
    }

    @Override
    public List<Candidates> denoise(List<DenoiseTask> batch) {
      return denoiser.denoise(batch);
    }

    @Override
    public void release(long sequence) {
      denoiser.release(sequence);
    }

    @Override
    public void close() {
      denoiser.close();
      kernels.close();
    }
  }

  /** A causal network that closes its kernels with itself. */
  private record OwnedCausal(CausalModel model, Kernels kernels) implements CausalModel {
    @Override
    public NetworkConfig config() {
      return model.config();
    }

    @Override
    public List<Candidates> extend(List<ExtendTask> batch) {
      return model.extend(batch);
    }

    @Override
    public void release(long sequence) {
      model.release(sequence);
    }

    @Override
    public void close() {
      model.close();
      kernels.close();
    }
  }
}
