package io.redraft.cluster;

import com.typesafe.config.ConfigException;
import io.redraft.model.InvalidInputException;

/** Turns the configuration library's errors into one line for whoever wrote the file. */
final class ConfigErrors {
  private ConfigErrors() {}

  /** The same error as input that a user can mend. */
  static InvalidInputException readable(ConfigException error) {
    var message = String.valueOf(error.getMessage()).strip();
    int end = message.indexOf('\n');
    return new InvalidInputException("--config", end < 0 ? message : message.substring(0, end));
  }
}
