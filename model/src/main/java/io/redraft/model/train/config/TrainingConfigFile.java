package io.redraft.model.train.config;

import io.redraft.model.InvalidInputException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;

/** The YAML form of a {@link TrainingConfig}. */
public final class TrainingConfigFile {
  private TrainingConfigFile() {}

  /** Reads a file and applies overrides, each {@code section.key=value}. */
  static TrainingConfig load(Path file, List<String> overrides) {
    return load(file, Map.of(), overrides);
  }

  /**
   * Reads a file and applies overrides.
   *
   * @param defaults values by their full names, for keys that neither has
   */
  static TrainingConfig load(Path file, Map<String, Object> defaults, List<String> overrides) {
    try {
      if (Files.isDirectory(file)) {
        throw InvalidInputException.of(file.toString(), "a folder", "a YAML file");
      }
      return parse(file.toString(), Files.readString(file), defaults, overrides);
    } catch (NoSuchFileException e) {
      throw InvalidInputException.of(file.toString(), "missing", "a YAML file");
    } catch (CharacterCodingException e) {
      throw new InvalidInputException(file.toString(), file + ": not UTF-8");
    } catch (IOException e) {
      throw new InvalidInputException(
          file.toString(), file + ": cannot be read: " + e.getMessage());
    }
  }

  static TrainingConfig parse(String file, String yaml, List<String> overrides) {
    return parse(file, yaml, Map.of(), overrides);
  }

  private static TrainingConfig parse(
      String file, String yaml, Map<String, Object> defaults, List<String> overrides) {
    var tree = tree(file, yaml);
    defaults.forEach((name, value) -> putDefault(tree, name, value));
    overrides.forEach(override -> apply(tree, override));
    return TrainingConfig.read(tree);
  }

  /**
   * All settings, defaults filled in, as a file that {@link #load} reads back to an equal value.
   */
  public static String dump(TrainingConfig config) {
    Map<String, Object> tree = new LinkedHashMap<>();
    config.resolved().forEach((name, value) -> put(tree, name, value));
    var options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    return new Yaml(options).dump(tree);
  }

  private static Map<String, Object> tree(String file, String yaml) {
    var options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    Object root;
    try {
      root = new Yaml(new SafeConstructor(options)).load(yaml);
    } catch (MarkedYAMLException e) {
      var line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
      throw new InvalidInputException(
          file, file + ": not valid YAML in line " + line + ": " + e.getProblem());
    } catch (YAMLException e) {
      throw new InvalidInputException(file, file + ": not valid YAML: " + e.getMessage());
    }
    if (root == null) {
      return new LinkedHashMap<>();
    }
    if (!(root instanceof Map<?, ?> map)) {
      throw new InvalidInputException(file, file + ": not a YAML mapping of sections");
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    map.forEach((key, value) -> tree.put(String.valueOf(key), value));
    return tree;
  }

  private static void apply(Map<String, Object> tree, String override) {
    var equals = override.indexOf('=');
    if (equals < 1 || override.lastIndexOf('.', equals) < 1) {
      throw InvalidInputException.of("--set", override, "section.key=value");
    }
    Object value;
    try {
      value =
          new Yaml(new SafeConstructor(new LoaderOptions())).load(override.substring(equals + 1));
    } catch (YAMLException e) {
      throw InvalidInputException.of("--set", override, "section.key=value");
    }
    put(tree, override.substring(0, equals), value);
  }

  /** Sets a value of a section where it has none; what is no section is left to be refused. */
  private static void putDefault(Map<String, Object> tree, String name, Object value) {
    var dot = name.indexOf('.');
    var section = tree.get(name.substring(0, dot));
    if (section == null
        || section instanceof Map<?, ?> map && !map.containsKey(name.substring(dot + 1))) {
      put(tree, name, value);
    }
  }

  private static void put(Map<String, Object> tree, String name, Object value) {
    var dot = name.indexOf('.');
    if (dot < 0) {
      tree.put(name, value);
      return;
    }
    var inner = new LinkedHashMap<String, Object>();
    if (tree.get(name.substring(0, dot)) instanceof Map<?, ?> map) {
      map.forEach((key, old) -> inner.put(String.valueOf(key), old));
    }
    put(inner, name.substring(dot + 1), value);
    tree.put(name.substring(0, dot), inner);
  }
}
