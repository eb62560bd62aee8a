package io.redraft.load.layerwise;

import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.tensor.Device;
import io.redraft.model.train.config.CacheSettings;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.layerwise.LayerwiseRun;
import io.redraft.model.train.plan.DeviceProbe;
import io.redraft.model.train.plan.PlannedDevice;
import io.redraft.model.train.plan.RunPlan;
import io.redraft.model.train.plan.StageEstimate;
import java.util.List;

/** Plans a run on a device as {@code redraft plan} does, and keeps the plan. */
final class RunPlanner implements LayerwiseRun.Planner {
  private final TrainingConfig config;
  private final Device device;
  private RunPlan plan;

  RunPlanner(TrainingConfig config, Device device) {
    this.config = config;
    this.device = device;
  }

  @Override
  public List<Stage> plan(NetworkConfig network, long tokens) {
    plan = RunPlan.of(config, network, where(network), tokens);
    return plan.stages().stream().map(StageEstimate::stage).toList();
  }

  /** The plan of a network that is trained as a whole has no stages. */
  RunPlan whole(NetworkConfig network) {
    return new RunPlan(network, where(network), 0, 0, List.of());
  }

  /** The plan that was made. */
  RunPlan plan() {
    return plan;
  }

  /** The device's speed is measured only where stages depend on it. */
  private PlannedDevice where(NetworkConfig network) {
    if (config.curriculum().cache().kind() == CacheSettings.Kind.AUTO) {
      return DeviceProbe.of(config, network, 0, 0);
    }
    return new PlannedDevice(
        device.toString(), 0, 1, ComputeType.of(config.run().compute(), device));
  }
}
