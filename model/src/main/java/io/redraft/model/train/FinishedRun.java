package io.redraft.model.train;

import ai.djl.engine.EngineException;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.evaluate.WrittenText;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.config.TrainingConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a run leaves: its model, and a report with texts of that model.
 *
 * @param config the run's settings
 * @param data what it learned from
 * @param kernels where the texts are written
 * @param peak what its utilisation was measured by
 */
record FinishedRun(TrainingConfig config, TrainingData data, Kernels kernels, PeakSpeed peak) {
  /**
   * Writes both, in the place of earlier ones, and returns the model's folder.
   *
   * @param evaluation the last evaluation, or null where there was none
   */
  Path write(FinishedNetwork network, Evaluation evaluation) throws IOException {
    var folder = new RunFolder(config.run().folder());
    ModelExport.write(folder.model(), config, network, evaluation);
    List<WrittenText> samples = List.of();
    var note = RunSamples.how();
    try {
      samples = RunSamples.of(ModelFolder.open(folder.model()), kernels, config.run().seed());
    } catch (EngineException e) {
      if (!MicroBatching.outOfMemory(e)) {
        throw e;
      }
      note = "None: the device's memory did not hold the model a second time.";
    }
    RunReport.write(folder, config, facts(network), network.tokens(), samples, note);
    return folder.model();
  }

  private Map<String, String> facts(FinishedNetwork network) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("model", counted(network.network().parameters(), "parameters"));
    facts.put("objective", config.objective().kind().key());
    facts.put("training text", counted(data.training().length(), "tokens"));
    facts.put("a step", counted(config.tokensPerStep(), "tokens"));
    facts.put("device", kernels.device() + "; peak " + peak);
    return facts;
  }

  private static String counted(long number, String unit) {
    return String.format(Locale.ROOT, "%,d %s", number, unit);
  }
}
