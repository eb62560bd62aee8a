/**
 * The settings of a training run, as one YAML file and overrides tell them. Start at {@link
 * io.redraft.model.train.config.TrainingConfig}. Every record checks its own values; unknown keys
 * are refused by name before anything is read or computed.
 */
package io.redraft.model.train.config;
