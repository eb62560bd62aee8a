package io.redraft.model.evaluate;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What can be measured about a model; docs/evaluation.md says how to read each. */
public enum Metric {
  /** How well it predicts the text: {@link BoundEvaluator}. */
  BOUND,
  /** How texts that it writes from nothing look: {@link TextMetrics}. */
  SAMPLES,
  /** What a causal judge thinks of those texts: {@link GenerativePerplexity}. */
  GENERATIVE_PERPLEXITY,
  /** Whether it finds the tokens of a gap: {@link Infilling}. */
  INFILLING,
  /** Whether it keeps to pinned words and makes use of them: {@link Controllability}. */
  CONTROLLABILITY,
  /** Whether its words stay in one script, and in those of the prompt: {@link ScriptErrors}. */
  SCRIPTS;

  private static final String ALL = "all";

  /** The name that users write, as {@code generative-perplexity}. */
  public String key() {
    return Choice.key(this);
  }

  /**
   * The metrics of these names.
   *
   * @param judged whether there is a judge; without one, {@code all} leaves out what needs it
   * @throws InvalidInputException naming {@code metrics} if one is unknown or there is none
   */
  public static Set<Metric> of(List<String> names, boolean judged) {
    Set<Metric> chosen = EnumSet.noneOf(Metric.class);
    for (String name : names) {
      if (name.strip().equals(ALL)) {
        chosen.addAll(EnumSet.allOf(Metric.class));
        if (!judged && !names.contains(GENERATIVE_PERPLEXITY.key())) {
          chosen.remove(GENERATIVE_PERPLEXITY);
        }
      } else {
        chosen.add(named(name.strip()));
      }
    }
    if (chosen.isEmpty()) {
      throw InvalidInputException.of("metrics", "empty", known());
    }
    return chosen;
  }

  private static Metric named(String name) {
    return Arrays.stream(values())
        .filter(metric -> metric.key().equals(name))
        .findFirst()
        .orElseThrow(() -> InvalidInputException.of("metrics", name, known()));
  }

  private static String known() {
    return Choice.keys(values()) + ", " + ALL;
  }
}
