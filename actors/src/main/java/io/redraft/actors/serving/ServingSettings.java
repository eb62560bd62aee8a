package io.redraft.actors.serving;

import io.redraft.actors.admission.AdmissionLimits;
import io.redraft.model.InvalidInputException;
import java.time.Duration;
import org.apache.pekko.actor.typed.DispatcherSelector;

/**
 * Limits of serving on one node.
 *
 * @param maxSessions requests that are denoised at the same time
 * @param maxQueued admitted requests that wait for one of those places; more are refused
 * @param maxTokens lengths of the canvases that are denoised at the same time, together; a longer
 *     one is refused
 * @param maxQueuedTokens lengths of the canvases that wait, together
 * @param ageing waiting time that is worth one level of priority; zero: priorities do not count
 * @param limits the most that any request may take
 * @param maxBatch canvases a forward pass
 * @param maxBatchTokens tokens a forward pass, over all its canvases; a single canvas may exceed it
 * @param retryAfter what a refused client is told to wait where nothing better is known
 * @param drainTimeout how long a shutdown waits for requests in flight
 * @param reloadBackoff wait before a model that could not be loaded is tried again; doubles up to
 *     {@code maxReloadBackoff}
 * @param maxReloadBackoff longest such wait
 * @param warmUp whether a model computes a pass of every size before it is served
 * @param editIdleTimeout how long a text that is kept open for edits waits for the next one
 * @param verifierTimeout how long a finished draft waits for one answer of the verifier
 * @param streams what is kept for clients that are slow, or away
 * @param deviceDispatcher configuration path of the device's dispatcher, which has one thread
 * @param verifierDispatcher the same of the verifier's device; the same path if it is the same
 *     device
 */
public record ServingSettings(
    int maxSessions,
    int maxQueued,
    int maxTokens,
    int maxQueuedTokens,
    Duration ageing,
    RequestLimits limits,
    int maxBatch,
    int maxBatchTokens,
    Duration retryAfter,
    Duration drainTimeout,
    Duration reloadBackoff,
    Duration maxReloadBackoff,
    boolean warmUp,
    Duration editIdleTimeout,
    Duration verifierTimeout,
    StreamSettings streams,
    String deviceDispatcher,
    String verifierDispatcher) {

  public ServingSettings {
    atLeast("redraft.serving.max-sessions", maxSessions, 1);
    atLeast("redraft.serving.max-queued", maxQueued, 0);
    atLeast("redraft.serving.max-tokens", maxTokens, 1);
    atLeast("redraft.serving.max-queued-tokens", maxQueuedTokens, 0);
    notNegative("redraft.serving.ageing", ageing);
    atLeast("redraft.serving.max-batch", maxBatch, 1);
    atLeast("redraft.serving.max-batch-tokens", maxBatchTokens, 1);
    notNegative("redraft.serving.retry-after", retryAfter);
    notNegative("redraft.serving.drain-timeout", drainTimeout);
    notNegative("redraft.serving.edit-idle-timeout", editIdleTimeout);
    notNegative("redraft.serving.verifier-timeout", verifierTimeout);
    if (reloadBackoff.isNegative() || reloadBackoff.isZero()) {
      throw InvalidInputException.of(
          "redraft.serving.reload-backoff", reloadBackoff, "more than 0");
    }
    if (maxReloadBackoff.compareTo(reloadBackoff) < 0) {
      throw InvalidInputException.of(
          "redraft.serving.max-reload-backoff",
          maxReloadBackoff,
          "at least reload-backoff (" + reloadBackoff + ")");
    }
  }

  /** What is taken on. */
  AdmissionLimits admission() {
    return new AdmissionLimits(maxSessions, maxTokens, maxQueued, maxQueuedTokens, ageing);
  }

  /** Where everything that makes native calls for the device runs. */
  DispatcherSelector deviceThread() {
    return DispatcherSelector.fromConfig(deviceDispatcher);
  }

  /** Where everything that makes native calls for the verifier's device runs. */
  DispatcherSelector verifierThread() {
    return DispatcherSelector.fromConfig(verifierDispatcher);
  }

  private static void atLeast(String field, int value, int least) {
    if (value < least) {
      throw InvalidInputException.of(field, value, least + " or more");
    }
  }

  private static void notNegative(String field, Duration value) {
    if (value.isNegative()) {
      throw InvalidInputException.of(field, value, "0 or more");
    }
  }
}
