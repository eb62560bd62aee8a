package io.redraft.model.train;

import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.config.TrainingConfigFile;
import java.util.Locale;

/** The {@code README.md} of a trained model: what is known when training ends. */
final class ModelCard {
  private ModelCard() {}

  static String of(TrainingConfig config, FinishedNetwork network, Evaluation evaluation) {
    var shape = network.network();
    var kind =
        shape.attention() == AttentionMode.CAUSAL
            ? "causal (left-to-right) language model"
            : "masked-diffusion language model";
    var tokens = network.steps() * config.tokensPerStep();
    return """
        # %s

        A %s of %,d parameters, trained with Redraft.

        | | |
        | --- | --- |
        | network | %d layers x %d wide, %d heads, feed-forward %d, context %d tokens |
        | vocabulary | %d tokens |
        | objective | %s |
        | trained for | %,d steps, %,d tokens, %.1f passes over the data |
        | data | %s |
        | weights | exponential moving average, stored as %s |
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
            kind,
            shape.parameters(),
            shape.layers(),
            shape.width(),
            shape.heads(),
            shape.feedForwardWidth(),
            shape.contextLength(),
            shape.vocabularySize(),
            config.objective().description(),
            network.steps(),
            tokens,
            network.passes(),
            config.data().files().isEmpty()
                ? "synthetic"
                : String.join(", ", config.data().files()),
            config.export().name().toLowerCase(Locale.ROOT),
            results(evaluation),
            TrainingConfigFile.dump(config));
  }

  private static String results(Evaluation found) {
    if (found == null) {
      return "";
    }
    var lines = new StringBuilder();
    for (var bound : found.blockCausal()) {
      lines.append(
          String.format(
              Locale.ROOT,
              "| bound in blocks of %d | %.4f nats a token |\n",
              bound.size(),
              bound.natsPerToken()));
    }
    return result(found) + lines;
  }

  private static String result(Evaluation found) {
    return String.format(
        Locale.ROOT,
        """
        | %s on %,d held-out tokens | %.4f nats a token, %.4f bits a byte, %.4f bits a character%s |
        """,
        found.exact() ? "loss" : "bound",
        found.tokens(),
        found.natsPerToken(),
        found.bitsPerByte(),
        found.bitsPerCharacter(),
        found.exact() ? "" : " (" + found.masks() + " masks a chunk)");
  }
}
