package io.redraft.model.train.config;

import io.redraft.model.ByteCount;
import io.redraft.model.InvalidInputException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * One level of a settings file while it is read: values are asked for by key and type, and whatever
 * nobody asked for is refused at the end. Messages name keys by their full path, as {@code
 * optimizer.clip}.
 */
final class Section {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})\\s*(s|min|h)");

  private final String path;
  private final Map<String, Object> values = new TreeMap<>();
  private final Set<String> known = new TreeSet<>();
  private final List<Section> inner = new ArrayList<>();

  Section(String path, Map<?, ?> values) {
    this.path = path;
    values.forEach((key, value) -> this.values.put(String.valueOf(key), value));
  }

  /** The section of that key; an empty one where the file has none. */
  Section section(String key) {
    known.add(key);
    var value = values.get(key);
    if (value != null && !(value instanceof Map)) {
      throw InvalidInputException.of(name(key), value, "a section with keys of its own");
    }
    var section = new Section(name(key), value == null ? Map.of() : (Map<?, ?>) value);
    inner.add(section);
    return section;
  }

  /** A list of sections, named {@code key[0]}, {@code key[1]}, …; empty where the file has none. */
  List<Section> sections(String key) {
    known.add(key);
    var value = values.get(key);
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof List<?> list)) {
      throw InvalidInputException.of(name(key), value, "a list of sections");
    }
    List<Section> sections = new ArrayList<>();
    for (var element : list) {
      var place = name(key) + "[" + sections.size() + "]";
      if (!(element instanceof Map<?, ?> map)) {
        throw InvalidInputException.of(place, element, "a section with keys of its own");
      }
      sections.add(new Section(place, map));
    }
    inner.addAll(sections);
    return sections;
  }

  String text(String key, String fallback) {
    var value = scalar(key);
    return value == null ? fallback : value.toString();
  }

  int integer(String key, int fallback) {
    var value = scalar(key);
    if (value == null) {
      return fallback;
    }
    try {
      return Integer.parseInt(value.toString().replace("_", ""));
    } catch (NumberFormatException e) {
      throw InvalidInputException.of(name(key), value, "a whole number");
    }
  }

  long whole(String key, long fallback) {
    var value = scalar(key);
    if (value == null) {
      return fallback;
    }
    try {
      return Long.parseLong(value.toString().replace("_", ""));
    } catch (NumberFormatException e) {
      throw InvalidInputException.of(name(key), value, "a whole number");
    }
  }

  /** A number; {@code 1e-3} is one, though YAML 1.1 takes it for a text. */
  double number(String key, double fallback) {
    var value = scalar(key);
    if (value == null) {
      return fallback;
    }
    try {
      return Double.parseDouble(value.toString());
    } catch (NumberFormatException e) {
      throw InvalidInputException.of(name(key), value, "a number");
    }
  }

  /** A number that has to be there. */
  double number(String key) {
    if (scalar(key) == null) {
      throw InvalidInputException.of(name(key), "missing", "a number");
    }
    return number(key, 0);
  }

  boolean flag(String key, boolean fallback) {
    var value = scalar(key);
    if (value == null) {
      return fallback;
    }
    return switch (value.toString()) {
      case "true" -> true;
      case "false" -> false;
      default -> throw InvalidInputException.of(name(key), value, "true or false");
    };
  }

  /**
   * A duration with its unit, as {@code 90 s}, {@code 9 min} or {@code 2 h}; null where none is.
   */
  Duration duration(String key) {
    var value = scalar(key);
    if (value == null || value.toString().equals("none")) {
      return null;
    }
    var matcher = DURATION.matcher(value.toString().strip());
    if (!matcher.matches()) {
      throw InvalidInputException.of(
          name(key), value, "none, or a duration such as 90 s, 9 min, 2 h");
    }
    var amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "s" -> Duration.ofSeconds(amount);
      case "min" -> Duration.ofMinutes(amount);
      default -> Duration.ofHours(amount);
    };
  }

  /** A list of texts; one text alone is a list of one. */
  List<String> texts(String key) {
    known.add(key);
    var value = values.get(key);
    if (value == null) {
      return List.of();
    }
    if (value instanceof List<?> list) {
      return list.stream().map(String::valueOf).toList();
    }
    if (value instanceof Map) {
      throw InvalidInputException.of(name(key), value, "a list");
    }
    return List.of(value.toString());
  }

  /** A list of whole numbers; one alone is a list of one. */
  List<Integer> integers(String key) {
    try {
      return texts(key).stream().map(Integer::valueOf).toList();
    } catch (NumberFormatException e) {
      throw InvalidInputException.of(name(key), values.get(key), "a list of whole numbers");
    }
  }

  /** A list of numbers; one alone is a list of one. */
  List<Double> numbers(String key) {
    try {
      return texts(key).stream().map(Double::valueOf).toList();
    } catch (NumberFormatException e) {
      throw InvalidInputException.of(name(key), values.get(key), "a list of numbers");
    }
  }

  /** A number of bytes with its unit, as {@code 4 GiB}. */
  long bytes(String key, long fallback) {
    var value = scalar(key);
    return value == null ? fallback : ByteCount.parse(name(key), value.toString());
  }

  /** Refuses the first key beside one, with what is allowed instead. */
  void refuseOthersThan(String key, String allowed) {
    for (var entry : values.entrySet()) {
      if (!entry.getKey().equals(key)) {
        throw InvalidInputException.of(name(entry.getKey()), entry.getValue(), allowed);
      }
    }
  }

  /** Refuses the first key, here or further in, that nobody asked for. */
  void refuseUnknown() {
    for (var key : values.keySet()) {
      if (!known.contains(key)) {
        throw new InvalidInputException(
            name(key), "unknown key " + name(key) + "; allowed: " + String.join(", ", known));
      }
    }
    inner.forEach(Section::refuseUnknown);
  }

  private Object scalar(String key) {
    known.add(key);
    var value = values.get(key);
    if (value instanceof Map || value instanceof List) {
      throw InvalidInputException.of(name(key), value, "a single value");
    }
    return value;
  }

  private String name(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }
}
