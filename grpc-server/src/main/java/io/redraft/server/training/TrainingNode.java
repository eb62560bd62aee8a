package io.redraft.server.training;

import io.redraft.cluster.NodeSettings;
import io.redraft.cluster.RedraftNode;
import java.util.Map;
import java.util.Optional;

/** A node that trains and serves nothing, behind its {@link TrainingServer}. */
public final class TrainingNode implements AutoCloseable {
  /** How long a shutdown waits for the current step and its checkpoint. */
  private static final String PATIENCE = "10 minutes";

  private final RedraftNode node;
  private final TrainingServer server;

  private TrainingNode(RedraftNode node) {
    this.node = node;
    this.server = new TrainingServer(node);
  }

  /** Starts one that trains nothing yet. */
  public static TrainingNode start() {
    var settings =
        NodeSettings.load(Optional.empty(), Map.of("redraft.serving.drain-timeout", PATIENCE));
    return new TrainingNode(RedraftNode.startForTraining(settings));
  }

  /** Lets clients start, watch and steer runs. */
  public TrainingServer server() {
    return server;
  }

  /** Ends what still runs with checkpoints, tells watchers, then stops the actors. */
  @Override
  public void close() {
    server.close();
    node.close();
  }
}
