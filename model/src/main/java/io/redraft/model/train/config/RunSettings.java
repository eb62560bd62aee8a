package io.redraft.model.train.config;

import io.redraft.model.InvalidInputException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * Where and how a run takes place.
 *
 * @param name what the model is called in its card
 * @param folder where checkpoints, metrics and the finished model go
 * @param seed everything random derives from it
 * @param device {@code auto}, {@code cpu}, {@code gpu0}, …
 * @param compute number format of the forward and backward pass, {@code float32}, {@code bfloat16}
 *     or {@code auto}, which is bfloat16 where the device multiplies such matrices in hardware;
 *     weights stay float32
 * @param cudaGraphs whether a GPU records the launches of a step and replays them
 * @param timeLimit stop with a checkpoint after this long, or null for no limit
 */
public record RunSettings(
    String name,
    Path folder,
    long seed,
    String device,
    String compute,
    boolean cudaGraphs,
    Duration timeLimit) {
  public RunSettings {
    if (name.isBlank()) {
      throw InvalidInputException.of("run.name", "empty", "a name");
    }
    if (!device.equals("auto") && !device.matches("cpu|gpu\\d{1,3}")) {
      throw InvalidInputException.of("run.device", device, "auto, cpu, gpu0, gpu1, …");
    }
    if (!compute.matches("auto|float32|bfloat16")) {
      throw InvalidInputException.of("run.compute", compute, "auto, float32, bfloat16");
    }
  }

  /** The same settings with another seed. */
  public RunSettings withSeed(long other) {
    return new RunSettings(name, folder, other, device, compute, cudaGraphs, timeLimit);
  }

  static RunSettings read(Section section) {
    var name = section.text("name", "model");
    return new RunSettings(
        name,
        Path.of(section.text("folder", "runs/" + name)),
        section.whole("seed", 1),
        section.text("device", "auto"),
        section.text("compute", "auto"),
        section.flag("cuda_graphs", true),
        section.duration("time_limit"));
  }

  void write(Map<String, Object> out) {
    out.put("run.name", name);
    out.put("run.folder", folder.toString());
    out.put("run.seed", seed);
    out.put("run.device", device);
    out.put("run.compute", compute);
    out.put("run.cuda_graphs", cudaGraphs);
    out.put("run.time_limit", timeLimit == null ? "none" : timeLimit.toSeconds() + " s");
  }
}
