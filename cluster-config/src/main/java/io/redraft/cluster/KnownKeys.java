package io.redraft.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import io.redraft.model.InvalidInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The keys that have a default, which are all that exist. A mistyped key is found here instead of
 * being ignored.
 */
final class KnownKeys {
  /** Pekko's own keys are many and open-ended; Pekko checks them. */
  private static final String UNCHECKED = "pekko";

  private final Config defaults;

  KnownKeys(Config defaults) {
    this.defaults = defaults;
  }

  /**
   * Refuses a key that has no default.
   *
   * @throws InvalidInputException naming the key, where it stands and its known neighbours
   */
  void check(Config told) {
    for (var key : told.root().keySet()) {
      if (!key.equals("redraft") && !key.equals(UNCHECKED)) {
        throw unknown(key, told.root().get(key).origin().description(), "redraft, " + UNCHECKED);
      }
    }
    if (told.root().get("redraft") instanceof ConfigObject redraft) {
      check(redraft, List.of("redraft"));
    }
  }

  private void check(ConfigObject told, List<String> path) {
    var known = defaults.getObject(ConfigUtil.joinPath(path));
    for (var entry : told.entrySet()) {
      var here = new ArrayList<>(path);
      here.add(entry.getKey());
      var name = ConfigUtil.joinPath(here);
      if (!known.containsKey(entry.getKey())) {
        throw unknown(
            name,
            entry.getValue().origin().description(),
            String.join(", ", new TreeSet<>(known.keySet())));
      }
      if (entry.getValue() instanceof ConfigObject inner
          && known.get(entry.getKey()) instanceof ConfigObject) {
        check(inner, here);
      }
    }
  }

  private static InvalidInputException unknown(String key, String origin, String allowed) {
    return new InvalidInputException(
        key, key + " is no known key (" + origin + "); allowed here: " + allowed);
  }
}
