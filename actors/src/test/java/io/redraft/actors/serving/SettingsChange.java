package io.redraft.actors.serving;

import java.time.Duration;
import java.util.function.Consumer;

/** Settings on the way from one record to the next; a test changes what it is about. */
final class SettingsChange {
  int maxSessions;
  int maxQueued;
  int maxTokens;
  RequestLimits limits;
  Duration drainTimeout;
  Duration reloadBackoff;
  Duration maxReloadBackoff;
  boolean warmUp;
  Duration editIdleTimeout;
  Duration verifierTimeout;
  StreamSettings streams;

  private SettingsChange(ServingSettings from) {
    maxSessions = from.maxSessions();
    maxQueued = from.maxQueued();
    maxTokens = from.maxTokens();
    limits = from.limits();
    drainTimeout = from.drainTimeout();
    reloadBackoff = from.reloadBackoff();
    maxReloadBackoff = from.maxReloadBackoff();
    warmUp = from.warmUp();
    editIdleTimeout = from.editIdleTimeout();
    verifierTimeout = from.verifierTimeout();
    streams = from.streams();
  }

  /** These settings with changes. */
  static ServingSettings of(ServingSettings from, Consumer<SettingsChange> changes) {
    var change = new SettingsChange(from);
    changes.accept(change);
    return new ServingSettings(
        change.maxSessions,
        change.maxQueued,
        change.maxTokens,
        from.maxQueuedTokens(),
        from.ageing(),
        change.limits,
        from.maxBatch(),
        from.maxBatchTokens(),
        from.retryAfter(),
        change.drainTimeout,
        change.reloadBackoff,
        change.maxReloadBackoff,
        change.warmUp,
        change.editIdleTimeout,
        change.verifierTimeout,
        change.streams,
        from.deviceDispatcher(),
        from.verifierDispatcher());
  }
}
