package io.redraft.model.train;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.checkpoint.WeightLayout;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.safetensors.TensorView;
import io.redraft.model.text.Tokenizers;
import io.redraft.model.train.config.ModelSettings;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The model that a run's first weights and its tokenizer come from ({@code model.initial}). It has
 * the run's shape; how it attends, and how long its context is, are not part of that, because no
 * weight depends on them.
 */
final class InitialModel {
  private final ModelFolder folder;

  private InitialModel(ModelFolder folder) {
    this.folder = folder;
  }

  /**
   * Opens the model that settings name.
   *
   * @throws InvalidInputException if it is no model, or one of another shape
   */
  static InitialModel open(ModelSettings settings) {
    var folder = ModelFolder.open(settings.initial());
    var found = folder.config();
    // The tokenizer is the folder's, and so is the vocabulary.
    var wanted = settings.network(found.vocabularySize(), mask(settings, folder), found.endToken());
    var differences = differences(wanted, found);
    if (!differences.isEmpty()) {
      throw InvalidInputException.of(
          "model.initial",
          settings.initial(),
          "a model of the run's shape; it differs in " + String.join(", ", differences));
    }
    return new InitialModel(folder);
  }

  /** A causal model names no mask, but its tokenizer may have one all the same. */
  private static int mask(ModelSettings settings, ModelFolder folder) {
    var mask = folder.config().maskToken();
    if (mask < 0) {
      mask = folder.tokenizer().special(Tokenizers.MASK);
    }
    if (mask < 0 && settings.attention() != AttentionMode.CAUSAL) {
      throw InvalidInputException.of(
          "model.initial",
          settings.initial(),
          "a model whose tokenizer has the special token " + Tokenizers.MASK + ", for a denoiser");
    }
    return mask;
  }

  private static List<String> differences(NetworkConfig wanted, NetworkConfig found) {
    List<String> out = new ArrayList<>();
    compare(out, "width", wanted.width(), found.width());
    compare(out, "layers", wanted.layers(), found.layers());
    compare(out, "heads", wanted.heads(), found.heads());
    compare(out, "key_value_heads", wanted.keyValueHeads(), found.keyValueHeads());
    compare(out, "width of a head", wanted.headWidth(), found.headWidth());
    compare(out, "feed_forward_width", wanted.feedForwardWidth(), found.feedForwardWidth());
    compare(out, "tied_head", wanted.tiedHead(), found.tiedHead());
    compare(
        out,
        "time_conditioning",
        Choice.key(wanted.time().kind()),
        Choice.key(found.time().kind()));
    compare(out, "time_buckets", wanted.time().buckets(), found.time().buckets());
    compare(out, "rms_norm_eps", wanted.normEpsilon(), found.normEpsilon());
    compare(out, "rope_theta", wanted.ropeTheta(), found.ropeTheta());
    return out;
  }

  private static void compare(List<String> out, String name, Object wanted, Object found) {
    if (!Objects.equals(wanted, found)) {
      out.add("%s (%s, not %s)".formatted(name, found, wanted));
    }
  }

  /** The content of its {@code tokenizer.json}. */
  String tokenizerJson() {
    return folder.tokenizerJson();
  }

  /**
   * First weights in the order of a layout, in float32. What the model does not have (a layer that
   * predicts noise, rows beyond the tokenizer's) begins as it does without a model.
   */
  float[] weights(ParameterLayout layout, long seed) {
    var mask = folder.config().maskToken();
    if (mask >= 0 && layout.network().maskToken() >= 0 && mask != layout.network().maskToken()) {
      throw InvalidInputException.of(
          "model.initial",
          folder.path(),
          "a model whose mask (%d) is that of its tokenizer (%d)"
              .formatted(mask, layout.network().maskToken()));
    }
    var weights = Initialization.of(layout, seed);
    var shapes = WeightLayout.of(folder.config());
    for (var parameter : layout.parameters()) {
      if (shapes.containsKey(parameter.name())) {
        var size = Math.toIntExact(TensorView.elementsOf(shapes.get(parameter.name())));
        folder
            .weights()
            .tensor(parameter.name())
            .readFloat32(0, FloatBuffer.wrap(weights, parameter.offset(), size));
      }
    }
    return weights;
  }
}
