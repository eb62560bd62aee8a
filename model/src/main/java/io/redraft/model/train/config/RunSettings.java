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
 * @param compute number format of the forward and backward pass; weights stay float32
 * @param timeLimit stop with a checkpoint after this long, or null for no limit
 */
public record RunSettings(
    String name, Path folder, long seed, String device, Compute compute, Duration timeLimit) {
  /** Number formats of the forward and backward pass. */
  public enum Compute {
    /** bfloat16 on a GPU, float32 on the CPU. */
    AUTO,
    /** 32 bits. */
    FLOAT32,
    /** 16 bits, over float32 master weights. */
    BFLOAT16
  }

  public RunSettings {
    if (name.isBlank()) {
      throw InvalidInputException.of("run.name", "empty", "a name");
    }
    if (!device.equals("auto") && !device.matches("cpu|gpu\\d{1,3}")) {
      throw InvalidInputException.of("run.device", device, "auto, cpu, gpu0, gpu1, …");
    }
  }

  static RunSettings read(Section section) {
    var name = section.text("name", "model");
    return new RunSettings(
        name,
        Path.of(section.text("folder", "runs/" + name)),
        section.whole("seed", 1),
        section.text("device", "auto"),
        Check.choice("run.compute", section.text("compute", "auto"), Compute.values()),
        section.duration("time_limit"));
  }

  void write(Map<String, Object> out) {
    out.put("run.name", name);
    out.put("run.folder", folder.toString());
    out.put("run.seed", seed);
    out.put("run.device", device);
    out.put("run.compute", Check.key(compute));
    out.put("run.time_limit", timeLimit == null ? "none" : timeLimit.toSeconds() + " s");
  }
}
